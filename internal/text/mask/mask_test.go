package mask_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"xiaobao/internal/text/mask"
)

func TestMask(t *testing.T) {
	for _, test := range []struct{ in, want, kinds string }{
		{"", "", ""},
		{"请打13800001234找我", "请打138****1234找我", "mobile"},
		{"电话１３８００００１２３４。", "电话138****1234。", "mobile"},
		{"138 0000 1234 或 138-0000-1234", "138****1234 或 138****1234", "mobile mobile"},
		{"一三八零零零零一二三四", "138****1234", "mobile"},
		{"联系方式一13800001234", "联系方式一138****1234", "mobile"},
		{"+86 13800001234", "+86 138****1234", "mobile"},
		{"1 3 8 0 0 0 0 1 2 3 4", "138****1234", "mobile"},
		{"010-62345678，(0531)86123456，0755 8612345", "010******78，(0531******56，0755*****45", "landline landline landline"},
		{"电话：62345678", "电话：******78", "landline"},
		{"客服95588、400-800-1234", "客服95588、400-800-1234", ""},
		{"身份证11010519491231002X", "身份证110********002X", "identity"},
		{"110105 19491231 002X", "110********002X", "identity"},
		{"１１０１０５１９４９１２３１００２Ｘ", "110********002X", "identity"},
		{"身份证号码：110105194912310021", "身份证号码：110********0021", "identity"},
		{"老身份证110105491231002", "老身份证110********1002", "identity"},
		{"卡号6222021234567890128", "卡号6222********0128", "bank_card"},
		{"4111 1111 1111 1111", "4111********1111", "bank_card"},
		{"账号：0200003319201028", "账号：02********1028", "account"},
		{"91350100M000100Y43", "91********0Y43", "credit_code"},
		{"保单号为PICC2026010203，保单尾号", "保单号为PI********0203，保单尾号", "policy"},
		{"合同编号：（HT-2026-00123）", "合同编号：（HT*****0123）", "policy"},
		{"车牌鲁A12345、粤B·D12345、京A1234学、川Ａ８Ｂ６６６", "车牌鲁A****5、粤B******5、京A****学、川Ａ****６", "plate plate plate plate"},
		{"邮箱zhang.san@example.com。", "邮箱z********@example.com。", "email"},
		{"我住在北京市朝阳区建国路88号3号楼502室。", "我住在北京市朝阳区***。", "address"},
		{"山东省济南市历下区阳光小区12栋2单元301室", "山东省济南市历下区***", "address"},
		{"家住幸福里小区5号楼", "家住***", "address"},
		{"地址：新华街一百二十号", "地址：***", "address"},
		{"张先生、欧阳女士", "*先生、欧*女士", "name name"},
		{"王建国先生来电", "王**先生来电", "name"},
		{"我丈夫李建国去网点，客户经理王芳说保本", "我丈夫李**去网点，客户经理王*说保本", "name name"},
		{"被保险人：赵敏", "被保险人：赵*", "name"},
		{"投保人：阿卜杜拉·买买提", "投保人：阿*******", "name"},
		{"姓名 ：于洋，我叫高兴", "姓名 ：于*，我叫高*", "name name"},
		// what stays
		{"第三条 本办法自2020年3月1日起施行，共1380000元，利率3.5%。", "第三条 本办法自2020年3月1日起施行，共1380000元，利率3.5%。", ""},
		{"投保人和被保险人应当如实告知", "投保人和被保险人应当如实告知", ""},
		{"2020年第3号令，银保监会令〔2020〕3号", "2020年第3号令，银保监会令〔2020〕3号", ""},
		{"总经理、部门经理、项目经理、高级经理", "总经理、部门经理、项目经理、高级经理", ""},
		{"1350 2000 300 元", "1350 2000 300 元", ""},
		{"我朋友说，同事们都买了", "我朋友说，同事们都买了", ""},
		{"五一广场一号线和二号线", "五一广场一号线和二号线", ""},
		{"凌总经理，现有老师10人，和主任、支持于老师，无钱请律师", "凌总经理，现有老师10人，和主任、支持于老师，无钱请律师", ""},
		{"国务院反洗钱行政主管部门、有关主管部门", "国务院反洗钱行政主管部门、有关主管部门", ""},
		{"坏\xff字13800001234", "坏\xff字138****1234", "mobile"},
	} {
		got, hits := mask.Mask(test.in)
		var kinds []string
		for _, h := range hits {
			kinds = append(kinds, string(h.Kind))
		}
		if got != test.want || strings.Join(kinds, " ") != test.kinds {
			t.Errorf("%s\ngot  %s %v\nwant %s [%s]", test.in, got, kinds, test.want, test.kinds)
		}
	}
}

func TestKnownNames(t *testing.T) {
	for _, test := range []struct {
		in, want string
		names    []string
	}{
		{"转给晓燕处理，曉燕说没收到", "转给晓*处理，曉*说没收到", []string{"晓燕"}},
		{"上官云珠在，上 官 云珠也在", "上***在，上*****也在", []string{" 上官云珠 ", "上官云珠"}},
		{"王", "王", []string{"王", "", "\xff\xff"}},
		{"Smith paid, SMITH said", "S**** paid, S**** said", []string{"Smith"}},
	} {
		if got, _ := mask.Mask(test.in, test.names...); got != test.want {
			t.Errorf("%s: got %s, want %s", test.in, got, test.want)
		}
	}
}

func FuzzMask(f *testing.F) {
	f.Add("我叫王芳，电话138 0000 1234，住北京市朝阳区建国路88号3单元，身份证11010519491231002X，鲁A12345，a@b.cn\xff")
	m := mask.New("晓燕")
	f.Fuzz(func(t *testing.T, s string) {
		masked, hits := m.Mask(s)
		var b strings.Builder
		at := 0
		for _, h := range hits {
			if h.Start < at || h.End <= h.Start || h.End > len(s) || h.With == "" || utf8.ValidString(s) && !utf8.ValidString(s[h.Start:h.End]) {
				t.Fatalf("%q: %+v", s, h)
			}
			b.WriteString(s[at:h.Start] + h.With)
			at = h.End
		}
		if b.WriteString(s[at:]); b.String() != masked {
			t.Errorf("%q: hits give %q, the text is %q", s, b.String(), masked)
		}
	})
}

func BenchmarkMask(b *testing.B) {
	s := strings.Repeat("2026年3月1日，我在网点办理业务，客户经理王芳说该产品保本，年化3.5%，于是我从卡6222021234567890128转了30000元，现在要求退还。", 100)
	m := mask.New("晓燕")
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		m.Mask(s)
	}
}
