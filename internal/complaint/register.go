package complaint

import (
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Register takes a complaint in. The institution may ask for nothing that it
// already holds, so identity number, address and contract number are optional
// and nothing else has a field (rule 2020-3 art. 13).
type Register struct {
	Nature         Nature          `json:"nature,omitempty" enum:"complaint,consultation,suggestion,report,petition" default:"complaint"`
	Channel        party.ChannelID `json:"channel" doc:"counter, phone, letter, email, web, app, nfra, pbc, petition, hotline_12345, association, court, media"`
	ReceivedOn     calendar.Date   `json:"received_on" doc:"Day of receipt by the institution; the clock starts here"`
	Sender         string          `json:"sender,omitempty" maxLength:"80" doc:"Organisation that transferred it"`
	SenderNumber   string          `json:"sender_number,omitempty" maxLength:"64" doc:"The sender's own number"`
	OwnDue         calendar.Date   `json:"own_due,omitzero" doc:"Date that the sender's letter sets"`
	Complainant    Complainant     `json:"complainant"`
	Representative *Representative `json:"representative,omitempty"`
	Joint          *Joint          `json:"joint,omitempty"`
	Respondents    []Respondent    `json:"respondents,omitempty" doc:"Unit and staff complained about; they are recused"`
	Unit           party.UnitID    `json:"unit,omitempty" doc:"Unit that should handle it; empty lets the program choose the lowest unit that is not complained about"`
	Vulnerable     []string        `json:"vulnerable,omitempty" doc:"elderly, disabled, minor, illness, hardship, language, distress"`
	Codes          Codes           `json:"codes,omitzero"`
	Own            []OwnCode       `json:"own,omitempty" doc:"Codes of the institution's own tree; codes that are left empty follow from them by the mapping table"`
	Judgements     []Judge         `json:"judgements,omitempty" doc:"Suggestions taken up while the text was typed; the value follows from codes"`
	Amount         int64           `json:"amount,omitempty" doc:"In dispute, fen"`
	Narrative      string          `json:"narrative" maxLength:"20000"`
	Demand         string          `json:"demand,omitempty" maxLength:"2000"`
	Requests       []string        `json:"requests,omitempty"`
	Points         []string        `json:"points,omitempty" doc:"Separate allegations; empty makes one of the narrative's first sentence"`
	SplitFrom      ID              `json:"split_from,omitempty" readOnly:"true"`
	ImportKey      string          `json:"import_key,omitempty" maxLength:"128" doc:"Key of the imported row; the same key is never taken twice"`
}

// Action implements Command.
func (Register) Action() access.Action { return access.RegisterComplaint }

// NewCase decides a registration. id and number come from the caller.
func (d Register) NewCase(id ID, number string, env Env) (*Registered, error) {
	d = d.tidy(env)
	if err := d.check(env); err != nil {
		return nil, err
	}
	var none fault.Fields // check has said what is wrong
	d.Codes, _ = d.follow(&none, env)
	unit, path := d.place(env)
	u, _ := env.Tree.Unit(unit)
	ch, _ := party.ChannelOf(d.Channel)
	owner, err := d.owner(unit, path, env)
	if err != nil {
		return nil, err
	}
	e := &Registered{ID: id, Number: number, Nature: d.Nature, ReceivedOn: d.ReceivedOn, Unit: unit, Path: path, Region: u.Region,
		FirstOwner: owner, Major: d.majorGround(env), Codes: d.Codes, Amount: d.Amount, Requests: d.Requests, SplitFrom: d.SplitFrom, ImportKey: d.ImportKey,
		InPerson: ch.Contact, Complainant: d.Complainant, Representative: d.Representative, Joint: d.Joint, Respondents: d.Respondents,
		Vulnerable: d.Vulnerable, Narrative: d.Narrative, Demand: d.Demand, Points: d.points(),
		Reference: Reference{N: 1, Channel: d.Channel, Sender: d.sender(ch), Number: d.SenderNumber, ReceivedOn: d.ReceivedOn, OwnDue: d.OwnDue}}
	e.Recusals = d.recusals(env)
	return e, nil
}

// owner is who is responsible until somebody accepts (S4.2): who took it in, or
// for what no person received, whoever has the duty of the unit.
func (d Register) owner(unit party.UnitID, path []party.UnitID, env Env) (party.PersonID, error) {
	if me := env.By.Person(); me != "" {
		return me, nil
	}
	if env.Duty != nil {
		if id := env.Duty(unit, Case{Path: path, Recusals: d.recusals(env)}.Target()); id != "" {
			return id, nil
		}
	}
	return "", fault.New(fault.Conflict, "%s 没有可以负责的人员，请先在机构与人员中设置消保办或处理人员", env.Tree.Name(unit))
}

// Decide implements Command; a case is made with NewCase, never on an existing one.
func (d Register) Decide(c Case, _ Env) ([]Event, error) {
	return nil, fault.New(fault.Conflict, "投诉 %s 已经登记", c.Number)
}

func (d Register) tidy(env Env) Register {
	if d.Nature == "" {
		d.Nature = Complaint
	}
	if d.ReceivedOn.IsZero() {
		d.ReceivedOn = env.Today()
	}
	d.Complainant.Name = strings.TrimSpace(d.Complainant.Name)
	d.Narrative = strings.TrimSpace(d.Narrative)
	d.Points = slices.DeleteFunc(slices.Clone(d.Points), func(s string) bool { return strings.TrimSpace(s) == "" })
	d.Respondents = slices.DeleteFunc(slices.Clone(d.Respondents), func(r Respondent) bool { return r == Respondent{} })
	return d
}

func (d Register) sender(ch party.Channel) string {
	if d.Sender == "" && ch.Sender {
		return ch.Name
	}
	return d.Sender
}

func (d Register) check(env Env) error {
	var f fault.Fields
	today := env.Today()
	_, ok := party.ChannelOf(d.Channel)
	f.Need(ok, "channel", "请选择投诉渠道")
	f.Need(one(Natures, d.Nature), "nature", "请选择事项类型")
	notFuture(&f, "received_on", d.ReceivedOn, today)
	notBefore(&f, "received_on", d.ReceivedOn, calendar.Of(2000, 1, 1), "可登记的最早日期")
	notBefore(&f, "own_due", d.OwnDue, d.ReceivedOn, "收到日期")
	d.Complainant.check(&f)
	d.Representative.check(&f)
	d.Joint.check(&f, int(env.setting("joint.max_representatives")))
	text(&f, "narrative", d.Narrative, "投诉内容", true, min(MaxText, int(env.setting("narrative.max_chars"))))
	text(&f, "demand", d.Demand, "诉求", false, 2000)
	text(&f, "sender_number", d.SenderNumber, "来文编号", false, 64)
	amount(&f, "amount", d.Amount)
	text(&f, "sender", d.Sender, "来文机关", false, 80)
	text(&f, "import_key", d.ImportKey, "导入标识", false, 128)
	f.Need(len(d.Points) <= maxItems, "points", "争议点最多 %d 个", maxItems)
	for i, r := range d.Requests {
		f.Need(one(Requests, r), "requests["+itoa(i)+"]", "诉求类型 %s 不在可选范围内", r)
	}
	for i, p := range d.Points {
		text(&f, "points["+itoa(i)+"]", p, "争议点", true, 2000)
	}
	checkVulnerable(&f, d.Vulnerable)
	f.Need(len(d.Own) <= maxItems && len(d.Judgements) <= maxItems, "own", "本机构编码和采用的建议各最多 %d 项", maxItems)
	d.Codes.check(&f)
	d.follow(&f, env)
	d.checkUnits(&f, env)
	return f.Err()
}

func checkVulnerable(f *fault.Fields, list []string) {
	for i, v := range list {
		f.Need(one(Vulnerabilities, v), "vulnerable["+itoa(i)+"]", "特殊群体类型 %s 不在可选范围内", v)
	}
}

func (d Register) checkUnits(f *fault.Fields, env Env) {
	for i, r := range d.Respondents {
		text(f, "respondents["+itoa(i)+"].name", r.Name, "被投诉人员姓名", false, 40)
		if r.Unit != "" {
			_, ok := env.Tree.Unit(r.Unit)
			f.Need(ok, "respondents["+itoa(i)+"].unit", "被投诉机构 %s 不存在，请从列表中选择", r.Unit)
		}
		if r.Person != "" {
			_, ok := env.person(r.Person)
			f.Need(ok, "respondents["+itoa(i)+"].person", "被投诉人员 %s 不存在；不确定时只填姓名", r.Person)
		}
	}
	if d.Unit == "" {
		return
	}
	u, ok := env.Tree.Unit(d.Unit)
	f.Need(ok, "unit", "办理机构 %s 不存在，请从列表中选择", d.Unit)
	f.Need(!u.Closed, "unit", "办理机构 %s 已撤销，请选择其他机构", u.Name)
	for _, r := range d.recusals(env) {
		f.Need(r.Unit == "" || !env.Tree.Within(d.Unit, r.Unit), "unit", "%s 是被投诉机构，不能办理本投诉，请选择其上级", env.Tree.Name(d.Unit))
	}
}

// recusals keeps the respondents away. Head office has no superior: of it only
// the named people and departments are recused, not the whole institution.
func (d Register) recusals(env Env) []Recusal {
	var out []Recusal
	for _, r := range d.Respondents {
		if r.Unit != "" && r.Unit != env.Tree.Root() {
			out = append(out, Recusal{Unit: r.Unit, Reason: "被投诉机构"})
		}
		if r.Person != "" {
			out = append(out, Recusal{Person: r.Person, Reason: "被投诉人员"})
		}
	}
	return out
}

// place chooses the handling unit: the wished one, else the registrar's unit,
// climbing until no respondent stands above it.
func (d Register) place(env Env) (party.UnitID, []party.UnitID) {
	unit := d.Unit
	if unit == "" {
		unit = env.By.Unit
		for _, r := range d.Respondents {
			if r.Unit != "" {
				unit = r.Unit
				break
			}
		}
	}
	if env.Tree.Path(unit) == nil {
		unit = env.Tree.Root()
	}
	away := d.recusals(env)
	for env.Tree.Superior(unit) != "" && slices.ContainsFunc(away, func(r Recusal) bool { return r.Unit != "" && env.Tree.Within(unit, r.Unit) }) {
		unit = env.Tree.Superior(unit)
	}
	return unit, env.Tree.Path(unit)
}

// points returns the allegations: as given, else the narrative's first sentence,
// so that no complaint is without a point to answer.
func (d Register) points() []string {
	if len(d.Points) > 0 || d.Nature != Complaint {
		return d.Points
	}
	first := d.Narrative
	if i := strings.IndexAny(first, "。！？!?\n"); i > 0 {
		first = first[:i]
	}
	if r := []rune(first); len(r) > 120 {
		first = string(r[:120]) + "……"
	}
	return []string{first}
}

// AddReference notes a further arrival of the same grievance.
type AddReference struct {
	Channel    party.ChannelID `json:"channel"`
	Sender     string          `json:"sender,omitempty" maxLength:"80"`
	Number     string          `json:"number,omitempty" maxLength:"64" doc:"The sender's own number"`
	ReceivedOn calendar.Date   `json:"received_on"`
	OwnDue     calendar.Date   `json:"own_due,omitzero" doc:"Date that the sender's letter sets"`
	ImportKey  string          `json:"import_key,omitempty" maxLength:"128"`
}

// Action implements Command.
func (AddReference) Action() access.Action { return access.RemindComplaint }

// Decide implements Command. A number that is already on the case is refused.
func (d AddReference) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	ch, ok := party.ChannelOf(d.Channel)
	f.Need(ok, "channel", "请选择来源渠道")
	notFuture(&f, "received_on", d.ReceivedOn, env.Today())
	notBefore(&f, "own_due", d.OwnDue, d.ReceivedOn, "收到日期")
	text(&f, "sender", d.Sender, "来文机关", false, 80)
	text(&f, "import_key", d.ImportKey, "导入标识", false, 128)
	text(&f, "number", d.Number, "来文编号", false, 64)
	for _, r := range c.LiveReferences() {
		f.Need(d.Number == "" || r.Number != d.Number || r.Channel != d.Channel, "number", "来文 %s 已经登记在本投诉中", d.Number)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	sender := d.Sender
	if sender == "" && ch.Sender {
		sender = ch.Name
	}
	return []Event{&ReferenceAdded{ImportKey: d.ImportKey, Reference: Reference{N: len(c.References) + 1, Channel: d.Channel, Sender: sender, Number: d.Number, ReceivedOn: d.ReceivedOn, OwnDue: d.OwnDue}}}, nil
}

// Amend corrects what was taken down; the reason is kept.
type Amend struct {
	Complainant    *Complainant    `json:"complainant,omitempty"`
	Representative *Representative `json:"representative,omitempty"`
	Codes          *Codes          `json:"codes,omitempty"`
	Own            []OwnCode       `json:"own,omitempty" doc:"Codes of the institution's own tree; the other codes follow from them by the mapping table"`
	Amount         *int64          `json:"amount,omitempty"`
	Vulnerable     *[]string       `json:"vulnerable,omitempty"`
	Demand         *string         `json:"demand,omitempty"`
	Why            string          `json:"why" maxLength:"500"`
}

// Action implements Command.
func (Amend) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d Amend) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	if d.Complainant != nil {
		d.Complainant.check(&f)
	}
	d.Representative.check(&f)
	if d.Codes != nil {
		d.Codes.check(&f)
	}
	if d.Amount != nil {
		amount(&f, "amount", *d.Amount)
	}
	if d.Vulnerable != nil {
		checkVulnerable(&f, *d.Vulnerable)
	}
	if d.Demand != nil {
		text(&f, "demand", *d.Demand, "诉求", false, 2000)
	}
	codes, picked := d.follow(&f, c, env)
	text(&f, "why", d.Why, "更正原因", d.Codes == nil && len(d.Own) == 0 || d.Complainant != nil, 500)
	f.Need(d.Complainant != nil || d.Representative != nil || codes != nil || len(picked) > 0 || d.Amount != nil || d.Vulnerable != nil || d.Demand != nil, "", "没有要更正的内容")
	if err := f.Err(); err != nil {
		return nil, err
	}
	e := &Amended{Complainant: d.Complainant, Representative: d.Representative, Codes: codes, Amount: d.Amount, Demand: d.Demand, Why: d.Why}
	if d.Vulnerable != nil {
		e.SetVulnerable, e.Vulnerable = true, *d.Vulnerable
	}
	if len(picked) > 0 && d.Complainant == nil && d.Representative == nil && codes == nil && d.Amount == nil && d.Vulnerable == nil && d.Demand == nil {
		return picked, nil
	}
	return append([]Event{e}, picked...), nil
}

// Deadlines of a registration that has not happened yet, for the form that shows
// which clocks will start.
func (d Register) Deadlines(env Env) []Deadline {
	d = d.tidy(env)
	ch, ok := party.ChannelOf(d.Channel)
	if !ok {
		return nil
	}
	unit, path := d.place(env)
	u, _ := env.Tree.Unit(unit)
	c := Case{}.Apply(&Registered{ID: 1, Number: "-", Nature: d.Nature, ReceivedOn: d.ReceivedOn, Unit: unit, Path: path, Region: u.Region, Major: d.majorGround(env), InPerson: ch.Contact,
		Reference: Reference{N: 1, Channel: d.Channel, Sender: d.sender(ch), ReceivedOn: d.ReceivedOn, OwnDue: d.OwnDue}}, Meta{At: env.At})
	return c.Deadlines(env.Rules, env.Cal)
}
