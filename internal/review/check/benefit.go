package check

import (
	"strconv"

	"xiaobao/internal/text"
)

// claims returns the sentences that promise a benefit: a word of return or cover
// with a figure, or a word that needs none. Sentences about what a loan costs and
// those that warn themselves promise nothing.
func (c *run) claims() []text.Span {
	var out []text.Span
	last, claim, figured := -1, false, false // what is known of the sentence that begins at last
	add := func(hit text.Span, bare bool) {
		s := c.sentence(hit)
		if s.Start != last {
			last, claim, figured = s.Start, !c.has(s.In(c.Text), "no_benefit"), c.figured(s)
		}
		if claim && (bare || figured) {
			out, claim = append(out, s), false
		}
	}
	plain, strong := c.found["benefit"], c.found["benefit_strong"]
	for len(plain)+len(strong) > 0 {
		if len(strong) == 0 || len(plain) > 0 && plain[0].Start < strong[0].Start {
			add(plain[0].Span, false)
			plain = plain[1:]
		} else {
			add(strong[0].Span, true)
			strong = strong[1:]
		}
	}
	return out
}

// figured reports whether a sentence holds a figure of return or cover.
func (c *run) figured(s text.Span) bool {
	for _, n := range c.numbersIn(s) {
		if n.Unit == "%" || n.Unit == "元" || n.Unit == "倍" {
			return true
		}
	}
	return false
}

// benefits finds the claims without a risk warning near them.
func (c *run) benefits() {
	if !c.wants("benefit-alone") {
		return
	}
	for _, s := range c.claims() {
		if _, ok := c.nearest(s); ok {
			continue
		}
		where := "全文没有风险提示"
		if list := c.found["risk"]; len(list) > 0 {
			where = "第一处风险提示在别处：" + c.place(list[0].Span)
		}
		c.add("benefit-alone", s, "near", decimal(c.Limits["near_chars"]), "where", where)
	}
}

// nearest returns a risk warning that belongs to a claim.
func (c *run) nearest(s text.Span) (text.Span, bool) {
	from := s.Start - 4*int(c.Limits["near_chars"])
	if i := c.block(s.Start); i >= 0 {
		from = min(from, c.Blocks[max(0, i-int(c.Limits["near_blocks"]))].Start)
	}
	to := s.End + 4*int(c.Limits["near_chars"])
	if i := c.block(s.Start); i >= 0 {
		to = max(to, c.Blocks[min(len(c.Blocks)-1, i+int(c.Limits["near_blocks"]))].End)
	}
	for at, ok := c.first("risk", from); ok && at.Start <= to; at, ok = c.first("risk", at.End) {
		if c.near(s, at) {
			return at, true
		}
	}
	return text.Span{}, false
}

// place says where something stands.
func (c *run) place(at text.Span) string {
	b, ok := c.blockAt(at.Start)
	switch {
	case ok && b.Place != "":
		return b.Place
	case ok && b.Page > 0:
		return "第 " + strconv.Itoa(b.Page) + " 页"
	}
	return "第 " + strconv.Itoa(1+len(text.Paragraphs(c.Text[:at.Start]))) + " 段"
}

// sheet is what stands on one page.
type sheet struct {
	claim, risk  float64 // largest known type size
	claimAt      text.Span
	riskAt       text.Span // the largest warning
	clearClaim   bool
	clearRisk    bool
	body, margin bool // a warning stands in the text, in a footnote or footer
	bodyClaim    bool
	any          bool // there is a warning
	unsized      bool // there is a warning whose type size the format does not tell
}

// types compares how claims and warnings are set.
func (c *run) types() {
	pages := map[int]*sheet{}
	all := &sheet{}
	var order []int
	on := func(at text.Span) (Block, []*sheet, bool) {
		b, ok := c.blockAt(at.Start)
		if ok && pages[b.Page] == nil {
			pages[b.Page] = &sheet{}
			order = append(order, b.Page)
		}
		return b, []*sheet{pages[b.Page], all}, ok
	}
	for _, s := range c.claims() {
		if b, sheets, ok := on(s); ok {
			for _, p := range sheets {
				p.claimed(b, s)
			}
		}
	}
	for _, s := range c.found["risk"] {
		if b, sheets, ok := on(s.Span); ok {
			for _, p := range sheets {
				p.warned(b, s.Span)
			}
		}
	}
	for _, n := range order {
		c.judge(pages[n])
	}
	if all.bodyClaim && all.margin && !all.body {
		c.add("risk-footnote", all.riskAt)
	}
	c.largeType()
}

func margin(b Block) bool { return b.Kind == "footnote" || b.Kind == "footer" }

func (p *sheet) claimed(b Block, at text.Span) {
	if b.Size > p.claim {
		p.claim, p.claimAt = b.Size, at
	}
	p.clearClaim = p.clearClaim || !b.Faint
	p.bodyClaim = p.bodyClaim || !margin(b)
}

func (p *sheet) warned(b Block, at text.Span) {
	if !p.any || b.Size > p.risk {
		p.risk, p.riskAt = b.Size, at
	}
	p.any = true
	p.unsized = p.unsized || b.Size == 0
	p.clearRisk = p.clearRisk || !b.Faint
	p.body = p.body || !margin(b)
	p.margin = p.margin || margin(b)
}

// judge says what is wrong with the setting of one page. A warning of unknown size
// may be the large one, so beside it none is called small.
func (c *run) judge(p *sheet) {
	share := c.Limits["size_share"]
	if p.claim > 0 && p.risk > 0 && !p.unsized && p.risk < share*p.claim {
		c.add("risk-small", p.riskAt, "benefit", points(p.claim), "risk", points(p.risk), "share", strconv.Itoa(int(share*100))+"%")
	}
	if p.any && p.clearClaim && !p.clearRisk {
		c.add("risk-faint", p.riskAt)
	}
}

// largeType finds type too small for older people, where they are addressed.
func (c *run) largeType() {
	least := c.Limits["size_elderly"]
	if !c.elderly {
		return
	}
	for _, b := range c.Blocks {
		if b.Size > 0 && b.Size < least && !isComment(b) && b.Kind != "header" && b.Kind != "attribute" {
			c.add("small-type", text.Span{Start: b.Start, End: b.End}, "size", points(b.Size), "least", points(least))
			return
		}
	}
}

func points(f float64) string { return decimal(float64(int(f*10+0.5))/10) + " 磅" }
