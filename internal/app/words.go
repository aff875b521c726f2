package app

import (
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

//go:embed data/words.toml
var wordsTOML string

type wordsData struct{ Hours, Most int }

var wordsRules = builtIn[wordsData]("words.toml", wordsTOML, nil)

// SealWords makes of what a person typed in a search box a token that can stand in an
// address: only the same person can open it, until its hours are over. Nothing is
// kept. Words that are too long for an address are an Invalid fault.
func (a *App) SealWords(who party.Actor, words url.Values) (string, error) {
	d := wordsRules()
	plain := binary.BigEndian.AppendUint32(nil, minutes(a.now().Add(time.Duration(d.Hours)*time.Hour)))
	var parts []string
	for name, typed := range words {
		for _, v := range typed {
			parts = append(parts, name+"\x00"+strings.ReplaceAll(v, "\x00", ""))
		}
	}
	slices.Sort(parts)
	plain = append(plain, strings.Join(parts, "\x00")...)
	if len(plain) > d.Most {
		return "", fault.New(fault.Invalid, "要查找的内容太长，请只输入最要紧的几个词")
	}
	ct, err := a.store.Keys().SealAddress(a.rand, plain, wordsOf(who))
	return base64.RawURLEncoding.EncodeToString(ct), err
}

// OpenWords returns what SealWords sealed for the person. A token of another person,
// one whose hours are over and one that is none are an Invalid fault.
func (a *App) OpenWords(who party.Actor, token string) (url.Values, error) {
	ct, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "地址里的搜索词不完整，请重新输入。")
	}
	plain, err := a.store.Keys().OpenAddress(ct, wordsOf(who))
	if err != nil {
		return nil, err
	}
	if len(plain) < 4 || binary.BigEndian.Uint32(plain) < minutes(a.now()) {
		return nil, fault.New(fault.Invalid, "这个地址里的搜索词已经过期，请重新输入。")
	}
	parts, words := strings.Split(string(plain[4:]), "\x00"), url.Values{}
	for i := 0; i+1 < len(parts); i += 2 {
		words.Add(parts[i], parts[i+1])
	}
	return words, nil
}

// wordsOf binds a token to its person.
func wordsOf(who party.Actor) string { return "address/words/" + string(who.Person()) }

// minutes counts since 1970: enough for some eight thousand years.
func minutes(t time.Time) uint32 { return uint32(t.Unix() / 60) } // #nosec G115: see above
