package mask

import (
	"strings"
	"unicode/utf8"
)

// What may stand before a number and says what it is.
var (
	identityCues = []string{"身份证", "身份证号", "身份证号码", "证件号", "证件号码", "公民身份号码", "身份号码"}
	accountCues  = []string{"账号", "账户", "帐号", "帐户", "卡号", "银行卡", "借记卡", "信用卡", "储蓄卡", "尾号"}
	policyCues   = []string{"保单", "保单号", "保险单", "保险单号", "投保单号", "合同号", "合同编号", "借据号", "贷款编号", "案件号", "报案号", "工单号", "工单编号", "投诉编号", "单号", "客户号", "合同"}
	phoneCues    = []string{"电话", "座机", "固话", "传真", "热线", "联系方式", "手机", "致电"}
)

// cued reports whether one of the words stands before i, with 号, 码, 为, 是 or a
// colon between at most.
func cued(s string, i int, words []string) bool {
	head := s[max(0, i-60):i]
	for range 6 {
		r, n := utf8.DecodeLastRuneInString(head)
		if n == 0 || !strings.ContainsRune("号码编是为：: \u3000#NOno.是（(【“\"", r) {
			break
		}
		head = head[:len(head)-n]
		if endsWith(head, words) {
			return true
		}
	}
	return endsWith(s[:i], words)
}

func endsWith(s string, words []string) bool {
	for _, w := range words {
		if strings.HasSuffix(s, w) {
			return true
		}
	}
	return false
}
