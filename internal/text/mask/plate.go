package mask

import (
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
)

const (
	plateHeads = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
	plateTails = "挂学警港澳领使"
)

// findPlates finds number plates of five places and, for vehicles of new energy,
// six: 京A12345, 粤B·D12345, 鲁H 1234学.
func findPlates(s string, add func(Hit)) {
	for i, r := range s {
		if r < 0x4E00 || r > 0x9FFF {
			continue
		}
		if end := plateEnd(s, i+utf8.RuneLen(r)); end > 0 && strings.ContainsRune(plateHeads, text.FoldRune(r)) {
			add(Hit{Plate, i, end, stars(s[i:end], 2, 1)})
		}
	}
}

// plateEnd returns where the plate ends whose letter stands at i, 0 for none.
func plateEnd(s string, i int) int {
	c, n := plain(s, i)
	if c < 'A' || c > 'Z' {
		return 0
	}
	i += n
	if r, n := utf8.DecodeRuneInString(s[i:]); strings.ContainsRune("·•・.- \u00a0", r) && n > 0 {
		i += n
	}
	places, digits := 0, 0
	for places < 7 {
		c, n := plain(s, i)
		if c == 0 || c == 'I' || c == 'O' {
			break
		}
		if c <= '9' {
			digits++
		}
		places++
		i += n
	}
	if r, n := utf8.DecodeRuneInString(s[i:]); places == 4 && n > 0 && strings.ContainsRune(plateTails, r) {
		return i + n
	}
	if (places == 5 || places == 6) && digits >= 2 {
		return i
	}
	return 0
}

// plain reads a letter or Arabic digit in any width as an ASCII capital.
func plain(s string, i int) (byte, int) {
	r, n := utf8.DecodeRuneInString(s[i:])
	c, chinese := place(r)
	if n == 0 || chinese {
		return 0, n
	}
	return c, n
}

// findEmails finds addresses around every @, full width or not.
func findEmails(s string, add func(Hit)) {
	for i, r := range s {
		if r != '@' && r != '＠' {
			continue
		}
		start, end := i, i+utf8.RuneLen(r)
		for start > 0 {
			r, n := utf8.DecodeLastRuneInString(s[:start])
			if c, chinese := place(r); c == 0 && !strings.ContainsRune("._-+＿．－", r) || chinese {
				break
			}
			start -= n
		}
		domain := end
		dot := 0
		for end < len(s) {
			r, n := utf8.DecodeRuneInString(s[end:])
			if c, chinese := place(r); c == 0 && !strings.ContainsRune(".-．－", r) || chinese {
				break
			}
			if r == '.' || r == '．' {
				dot = end - domain
			}
			end += n
		}
		end -= len(s[domain:end]) - len(strings.TrimRight(s[domain:end], ".-．－"))
		if start < i && dot > 0 && domain+dot < end {
			add(Hit{Email, start, end, stars(s[start:i], 1, 0) + s[i:end]})
		}
	}
}
