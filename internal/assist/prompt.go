package assist

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/fault"
	"xiaobao/internal/text/match"
)

//go:embed data/prompts.toml
var promptData string

// Use is what a model is asked for.
type Use string

// The uses.
const (
	DraftReply Use = "reply"   // the first draft of a reply
	Summary    Use = "summary" // of the contacts
	Letter     Use = "letter"  // reading a letter of complaint
)

// Uses lists the uses.
var Uses = []Use{DraftReply, Summary, Letter}

// prompts is data/prompts.toml.
type prompts struct {
	Version  string
	Common   string
	Prompts  map[Use]struct{ System string }
	Suspects []string `toml:"suspects"`
	suspects *match.Matcher
}

var book = sync.OnceValue(func() *prompts {
	p := &prompts{}
	if _, err := toml.Decode(promptData, p); err != nil {
		panic(err) // the embedded file, which a test reads
	}
	var err error
	if p.suspects, err = match.New(p.Suspects, match.Folded(), match.Noise(2)); err != nil {
		panic(err)
	}
	return p
})

// PromptVersion is the version of the questions, for the record.
func PromptVersion() string { return book().Version }

// Block is a piece of data that goes with a question.
type Block struct{ Title, Text string }

// Question is what is sent: rules of ours, and data under a veil.
type Question struct {
	System, User string
	Data         []string // the blocks as they are sent, in order
	Suspects     []string // words in the data that speak to a machine
}

// maxData is how many characters of data go with one question.
const maxData = 24_000

// Ask writes the question of a use. Every block is hidden under the veil and
// closed by a mark that nobody can know before the text is written. A value of
// the case that would leave stops the question.
func (v *Veil) Ask(use Use, blocks ...Block) (Question, error) {
	p := book()
	var q Question
	n := 0
	for _, b := range blocks {
		text := v.Hide(plainData(b.Text))
		q.Data = append(q.Data, text)
		q.Suspects = append(q.Suspects, Suspect(b.Text)...)
		n += len([]rune(text))
	}
	if n > maxData {
		return q, fault.New(fault.TooLarge, "资料共 %d 字，超过 %d 字，没有发送。请人工办理。", n, maxData)
	}
	all := strings.Join(q.Data, "\n")
	if label := v.Leak(all); label != "" {
		return q, fault.New(fault.Conflict, "资料里的“%s”没能完全遮蔽，没有发送。请人工办理。", label)
	}
	sum := sha256.Sum256([]byte(all))
	mark := "资料-" + hex.EncodeToString(sum[:6])
	var user strings.Builder
	for i, text := range q.Data {
		user.WriteString("<" + mark + " " + blocks[i].Title + ">\n" + text + "\n</" + mark + ">\n")
	}
	q.User = user.String()
	q.System = strings.NewReplacer("{mark}", mark).Replace(p.Prompts[use].System + "\n" + p.Common)
	return q, nil
}
