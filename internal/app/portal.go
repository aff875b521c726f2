package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// PortalComplaint is what a consumer says on the portal: what happened, and how
// to reach the person. Nothing else may be demanded (rule 2020-3 art. 13).
type PortalComplaint struct {
	Form      string       `json:"-"` // number of the form as it was shown, see NewPortalForm
	Name      string       `json:"name" maxLength:"80"`
	Phone     string       `json:"phone,omitempty" maxLength:"32"`
	Email     string       `json:"email,omitempty" maxLength:"120"`
	Policy    string       `json:"policy,omitempty" maxLength:"64"`
	Unit      party.UnitID `json:"unit,omitempty"` // "" for head office
	Narrative string       `json:"narrative" maxLength:"20000"`
	Demand    string       `json:"demand,omitempty" maxLength:"2000"`
	Care      []string     `json:"care,omitempty"` // vulnerabilities that the person names
}

const (
	// portalAgain is for how long the same form sent again is answered as before.
	portalAgain = 10 * time.Minute
	// portalStay is how long a consumer stays signed in after the last act.
	portalStay = 30 * time.Minute
	// portalNumberTries is how many times more often a number may be tried than an
	// address may: a neighbour who guesses must not lock its owner out.
	portalNumberTries = 5
)

// NewPortalForm returns the number of a fresh form.
func (a *App) NewPortalForm() (string, error) {
	b := make([]byte, 16)
	_, err := a.rand.Read(b)
	return hex.EncodeToString(b), err
}

// PortalUnits returns the institutions that a consumer may choose from.
func (a *App) PortalUnits(ctx context.Context) ([]party.Unit, error) {
	org, err := a.Org(ctx)
	if err != nil {
		return nil, err
	}
	var out []party.Unit
	for _, u := range org.Tree.Units() {
		if !u.Closed && u.Level != party.Department {
			out = append(out, u)
		}
	}
	return out, nil
}

// PortalRegister takes in a complaint from the portal. There is no person who
// received it: whoever has the duty of the chosen unit is responsible from the
// first moment (Register decides that by Env.Duty). The receipt's secret is shown
// once and kept as a hash only; the same form sent twice gives the same answer. It
// also returns the token of a session, for the files that come with the form.
func (a *App) PortalRegister(ctx context.Context, from Client, in PortalComplaint) (Receipt, string, error) {
	r, err := a.portalRegister(ctx, from, in)
	if err != nil {
		return r, "", err
	}
	return r, a.portalToken(r.Number), nil
}

func (a *App) portalRegister(ctx context.Context, from Client, in PortalComplaint) (Receipt, error) {
	if err := a.checkPortal(in); err != nil {
		return Receipt{}, err
	}
	if err := a.loadRules(ctx); err != nil {
		return Receipt{}, err
	}
	key := formKey + "portal/" + in.Form
	if r, err := a.portalAgain(ctx, key, in.Form); err != nil || r.ID != 0 {
		return r, err
	}
	if err := a.portalRate(ctx, a.addressBucket(from), 1); err != nil {
		return Receipt{}, err
	}
	secret := a.portalSecret(in.Form)
	r, err := a.register(ctx, party.Consumer, complaint.Register{Channel: "web", Complainant: complaint.Complainant{Name: in.Name, Phone: in.Phone, Email: in.Email, Policy: in.Policy},
		Respondents: respondentOf(in.Unit), Vulnerable: in.Care, Narrative: in.Narrative, Demand: in.Demand, ImportKey: key}, func(tx *storage.Tx, c complaint.Case) error {
		tx.Exec(`INSERT INTO portal_secret (number, case_id, hash) VALUES (?, ?, ?)`, c.Number, int64(c.ID), portalHash(c.Number, secret))
		return nil
	})
	if fault.Is(err, fault.Stale) { // both clicks were on their way at once
		if again, broken := a.portalAgain(ctx, key, in.Form); broken == nil && again.ID != 0 {
			return again, nil
		}
	}
	r.Secret = secret
	return r, err
}

// respondentOf is the unit that the consumer names: it is complained about, so
// it does not handle the complaint (rule 2020-3 art. 17).
func respondentOf(u party.UnitID) []complaint.Respondent {
	if u == "" {
		return nil
	}
	return []complaint.Respondent{{Unit: u}}
}

func (a *App) checkPortal(in PortalComplaint) error {
	var f fault.Fields
	f.Need(strings.TrimSpace(in.Name) != "", "name", "请填写您的姓名；单位投诉的填写单位名称")
	f.Need(strings.TrimSpace(in.Phone) != "" || strings.TrimSpace(in.Email) != "", "phone", "请留下电话或电子邮箱，我们才能把处理结果告诉您")
	f.Need(strings.TrimSpace(in.Narrative) != "", "narrative", "请说说发生了什么")
	f.Need(len(in.Form) == 32, "", "页面已经失效，请重新打开填写页面再提交")
	return f.Err()
}

// portalAgain returns the receipt of a form that was sent before, within minutes.
func (a *App) portalAgain(ctx context.Context, key, form string) (Receipt, error) {
	id, err := a.imported(ctx, key)
	if err != nil || id == 0 {
		return Receipt{}, err
	}
	var out Receipt
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := tx.Complaint(id)
		if err != nil {
			return err
		}
		if a.now().Sub(c.RegisteredAt) > portalAgain {
			return fault.New(fault.Conflict, "这份投诉已经提交过，编号 %s。请用编号和当时给您的查询码查看进展", c.Number)
		}
		env, _, err := a.env(tx, party.Consumer, c.ReceivedOn)
		out = Receipt{ID: id, Number: c.Number, Owner: c.Owner, Unit: c.Unit, Version: c.Version, Deadlines: c.Deadlines(env.Rules, env.Cal), Secret: a.portalSecret(form)}
		return err
	})
	return out, err
}

// portalKey is a key of the portal's own, drawn by the blind keys.
func (a *App) portalKey(purpose string) []byte {
	var b []byte
	for i := range 4 {
		b = a.store.Keys().Blind("portal."+purpose, strconv.Itoa(i)).AppendText(b)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

func (a *App) portalMAC(purpose string, parts ...string) []byte {
	m := hmac.New(sha256.New, a.portalKey(purpose))
	for _, p := range parts {
		_, _ = m.Write([]byte(strconv.Itoa(len(p)) + ":" + p)) // a hash takes everything
	}
	return m.Sum(nil)
}

// portalSecret is the secret of a form: 80 bits in four groups. It follows from
// the form's random number under a key, so that a second click gets the same.
func (a *App) portalSecret(form string) string {
	s := base32.StdEncoding.EncodeToString(a.portalMAC("secret", form)[:10])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}

// portalHash is what is stored of a secret. It has 80 random bits and needs
// nothing slower; the number is part of it, so that rows cannot be exchanged.
func portalHash(number, secret string) string {
	sum := sha256.Sum256([]byte("xiaobao portal\x00" + number + "\x00" + plainSecret(secret)))
	return hex.EncodeToString(sum[:])
}

// plainSecret takes what a person may type: lower case, spaces, other dashes.
func plainSecret(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 32
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}

// addressBucket names an address for counting without keeping it: blind, and of
// IPv6 the network, because one home has many addresses.
func (a *App) addressBucket(from Client) string {
	ip := from.IP
	if addr, err := netip.ParseAddr(ip); err == nil && addr.Is6() && !addr.Is4In6() {
		if p, err := addr.Prefix(64); err == nil {
			ip = p.String()
		}
	}
	return "a/" + string(a.store.Keys().Blind("portal.address", ip).AppendText(nil))
}

func (a *App) numberBucket(number string) string {
	return "n/" + string(a.store.Keys().Blind("portal.number", number).AppendText(nil))
}

// portalRate counts an act and refuses it when the hour's number, times is its
// multiple, is used up.
func (a *App) portalRate(ctx context.Context, bucket string, times int64) error {
	limit := a.number("portal.per_hour", 10) * times
	return a.store.Write(ctx, func(w *storage.Writer) error {
		since, n := w.Now().UnixMicro(), int64(0)
		err := w.Scan(`SELECT since, n FROM rate WHERE bucket = ?`, []any{bucket}, &since, &n)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if w.Now().Sub(time.UnixMicro(since)) >= time.Hour {
			since, n = w.Now().UnixMicro(), 0
		}
		if n >= limit {
			left := int(time.Hour-w.Now().Sub(time.UnixMicro(since)))/int(time.Minute) + 1
			return &fault.Error{Kind: fault.TooMany, Key: "portal.too_many", Args: map[string]string{"Number": strconv.Itoa(left)}, Text: "操作太频繁，请约 " + strconv.Itoa(left) + " 分钟后再试，或拨打客服电话"}
		}
		if _, err := w.Exec(`DELETE FROM rate WHERE since < ?`, w.Now().Add(-24*time.Hour).UnixMicro()); err != nil {
			return err
		}
		_, err = w.Exec(`INSERT INTO rate (bucket, since, n) VALUES (?, ?, ?) ON CONFLICT (bucket) DO UPDATE SET since = excluded.since, n = excluded.n`, bucket, since, n+1)
		return err
	})
}

// PortalEnter checks number and secret and returns the token of a short session.
// A number that does not exist gets the same answer after the same work.
func (a *App) PortalEnter(ctx context.Context, from Client, number, secret string) (string, error) {
	number = strings.ToUpper(strings.TrimSpace(number))
	if err := a.portalRate(ctx, a.addressBucket(from), 1); err != nil {
		return "", err
	}
	if err := a.portalRate(ctx, a.numberBucket(number), portalNumberTries); err != nil {
		return "", err
	}
	want := portalHash(number, "")
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		return none(tx.Scan(`SELECT hash FROM portal_secret WHERE number = ?`, []any{number}, &want))
	})
	if err != nil {
		return "", err
	}
	if plainSecret(secret) == "" || !identity.SameHash(want, portalHash(number, secret)) {
		return "", &fault.Error{Kind: fault.Invalid, Key: "portal.wrong", Text: "编号或查询码不对，请核对后再试。查询码是提交投诉时给您的 16 位字母和数字"}
	}
	return a.portalToken(number), nil
}

// portalToken is a session that needs no row: number, end and a code over both.
func (a *App) portalToken(number string) string {
	end := strconv.FormatInt(a.now().Add(portalStay).Unix(), 36)
	return number + "." + end + "." + base64.RawURLEncoding.EncodeToString(a.portalMAC("session", number, end))
}

// portalCase returns the case of a session, and the token that goes on with it.
func (a *App) portalCase(ctx context.Context, token string) (complaint.ID, string, error) {
	over := &fault.Error{Kind: fault.Forbidden, Key: "portal.over", Text: "为保护您的信息，页面已自动退出。请再次输入编号和查询码"}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return 0, "", over
	}
	mac, err := base64.RawURLEncoding.DecodeString(parts[2])
	end, broken := strconv.ParseInt(parts[1], 36, 64)
	if err != nil || broken != nil || !hmac.Equal(mac, a.portalMAC("session", parts[0], parts[1])) || a.now().Unix() >= end {
		return 0, "", over
	}
	var id int64
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		return tx.Scan(`SELECT case_id FROM portal_secret WHERE number = ?`, []any{parts[0]}, &id)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", over
	}
	return complaint.ID(id), a.portalToken(parts[0]), err
}
