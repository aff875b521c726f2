package rule

import "strings"

// speakers are the labels with which transcripts begin a turn.
var speakers = map[string]string{
	"坐席": "staff", "客服": "staff", "工作人员": "staff", "经理": "staff", "客户经理": "staff", "柜员": "staff", "员工": "staff", "座席": "staff", "staff": "staff", "agent": "staff",
	"客户": "consumer", "消费者": "consumer", "投诉人": "consumer", "用户": "consumer", "来电人": "consumer", "consumer": "consumer", "customer": "consumer",
}

// Dialogue returns the turns of a transcript whose lines begin with who speaks
// ("坐席：", "客户:"); lines without a label go on with the turn. It is nil when
// no line begins so: the speaker is then unknown.
func Dialogue(s string) []Segment {
	var out []Segment
	for at := 0; at < len(s); {
		end := at + len(s[at:])
		if n := strings.IndexByte(s[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		if who := speakerOf(s[at:end]); who != "" {
			out = append(out, Segment{Start: at, End: end, Speaker: who})
		} else if len(out) > 0 {
			out[len(out)-1].End = end
		}
		at = end
	}
	return out
}

// speakerOf returns whose turn a line begins, "" when it begins none.
func speakerOf(line string) string {
	const longest = 24
	head := line[:min(len(line), longest)]
	at := strings.Index(head, "：")
	if c := strings.IndexByte(head, ':'); at < 0 || c >= 0 && c < at {
		at = c
	}
	if at < 0 {
		return ""
	}
	return speakers[strings.ToLower(strings.TrimSpace(strings.TrimRight(strings.TrimSpace(head[:at]), "0123456789")))]
}
