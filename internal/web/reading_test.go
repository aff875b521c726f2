package web

import (
	"testing"
)

func TestReading(t *testing.T) {
	c := catalogue(t)
	for _, x := range []struct{ what, zh, en string }{
		{"case", "", ""},
		{"search", "", ""},
		{"personal:contact", "联系消费者", "To contact the consumer"},
		{"personal:payment/phone,id_number", "付款或履行补偿 · 电话、证件号码", "To pay or perform redress · Phone, Identity number"},
		{"personal:letter/joint.1", "核对文书 · 推选的代表", "To check a letter · Chosen representative"},
		{"personal:audit/narrative", "监督检查 · 投诉内容", "For supervision · The complaint"},
		{"file", "附件", "Attachment"},
		{"letter", "文书", "Letter"},
		{"mail", "来信", "Mail"},
		{"backtest", "试跑规则", "Trial of rules"},
		{"case-file:court/masked", "密封案卷 · 诉讼或仲裁 · 隐去个人信息，不含原件", "Sealed case file · For court or arbitration · Personal data masked, without originals"},
		{"case-file:E4", "密封案卷 E4", "Sealed case file E4"},
		{"readings:E3", "查阅记录 E3", "Record of reading E3"},
		{"what nobody knows", "what nobody knows", "what nobody knows"},
		{"unknown:E3", "unknown:E3", "unknown:E3"},
	} {
		for lang, want := range map[Lang]string{"zh": x.zh, "en": x.en} {
			if got := c.Reading(lang, x.what); got != want {
				t.Errorf("%s %s: %q, want %q", lang, x.what, got, want)
			}
		}
	}
}
