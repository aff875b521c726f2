package mask

import "strings"

// luhn reports whether the digits satisfy the check digit of payment cards.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

var identityWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// identity18 checks the check character of an 18-place identity number
// (GB 11643: ISO 7064, MOD 11-2).
func identity18(s string) bool {
	sum := 0
	for i, w := range identityWeights {
		sum += int(s[i]-'0') * w
	}
	return s[17] == "10X98765432"[sum%11]
}

// born reports whether an identity number names a province and a day of birth.
func born(s string) bool {
	if !strings.Contains(" 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 91 ", " "+s[:2]+" ") {
		return false
	}
	day := s[6:12] // of 15 places: yymmdd
	if len(s) == 18 {
		if c := s[6:8]; c != "18" && c != "19" && c != "20" {
			return false
		}
		day = s[8:14]
	}
	month, date := day[2:4], day[4:6]
	return month >= "01" && month <= "12" && date >= "01" && date <= "31"
}

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditCode checks a unified social credit code of 18 places (GB 32100-2015).
func creditCode(s string) bool {
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(creditAlphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return s[17] == creditAlphabet[(31-sum%31)%31]
}

// issued reports whether a card number of that length has a known issuer's head:
// UnionPay and the older domestic ranges, Visa, Mastercard, JCB, American
// Express, Diners.
func issued(s string) bool {
	n := len(s)
	switch {
	case strings.HasPrefix(s, "62"), strings.HasPrefix(s, "81"):
		return n >= 16 && n <= 19
	case strings.HasPrefix(s, "9558"), strings.HasPrefix(s, "9843"), strings.HasPrefix(s, "6"), strings.HasPrefix(s, "94"), strings.HasPrefix(s, "90"):
		return n >= 16 && n <= 19
	case s[0] == '4', s[0] == '5' && s[1] >= '1' && s[1] <= '5', s[:2] >= "22" && s[:2] <= "27":
		return n == 16
	case s[:2] == "35":
		return n == 16
	case s[:2] == "34", s[:2] == "37":
		return n == 15
	case s[:2] == "30", s[:2] == "36", s[:2] == "38":
		return n == 14
	}
	return false
}
