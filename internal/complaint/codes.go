package complaint

import (
	_ "embed"
	"strconv"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/fault"
)

//go:embed data/codes.toml
var codesTOML string

// Code is one entry of a classification.
type Code struct {
	ID     string `toml:"id"`
	Name   string `toml:"name"`
	NameEn string `toml:"name_en"`
	Group  string `toml:"group"`
}

// CodeBook is the classifications that a case is coded with. The names follow
// JR/T 0169-2018 as bank reports use them; the standard's numbers are not known
// to us and are imported by the user.
type CodeBook struct {
	Products  []Code `toml:"product"`
	Reasons   []Code `toml:"reason"`
	Rights    []Code `toml:"right"`
	LifeCycle []Code `toml:"life_cycle"`
	Business  []Code `toml:"business_channel"`
}

// Book returns the code book.
var Book = sync.OnceValue(func() CodeBook {
	var b CodeBook
	if _, err := toml.Decode(codesTOML, &b); err != nil {
		panic("codes.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return b
})

// CodeName returns the name of a code, or the code itself when it is unknown.
func CodeName(list []Code, id string) string {
	for _, c := range list {
		if c.ID == id {
			return c.Name
		}
	}
	return id
}

func has(list []Code, id string) bool {
	for _, c := range list {
		if c.ID == id {
			return true
		}
	}
	return false
}

func (k Codes) check(f *fault.Fields) {
	b := Book()
	f.Need(k.Product == "" || has(b.Products, k.Product), "codes.product", "产品类别 %s 不在目录中，请从列表选择", k.Product)
	f.Need(k.Reason == "" || has(b.Reasons, k.Reason), "codes.reason", "投诉原因 %s 不在目录中，请从列表选择", k.Reason)
	f.Need(k.LifeCycle == "" || has(b.LifeCycle, k.LifeCycle), "codes.life_cycle", "服务环节 %s 不在目录中，请从列表选择", k.LifeCycle)
	f.Need(k.Business == "" || has(b.Business, k.Business), "codes.business_channel", "业务渠道 %s 不在目录中，请从列表选择", k.Business)
	for _, r := range k.Rights {
		f.Need(has(b.Rights, r), "codes.rights", "消费者权益 %s 不在目录中，请从列表选择", r)
	}
}

// Complete reports whether the case is coded well enough to be closed.
func (k Codes) Complete() bool { return k.Product != "" && k.Reason != "" }

func itoa(n int) string { return strconv.Itoa(n) }
