package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

var here = app.Client{IP: "10.1.2.3", Agent: "test"}

// signIn signs a person in with a fresh password and returns both.
func (w world) signIn(id party.PersonID) (token, password string) {
	w.Helper()
	password, err := w.app.ResetPassword(ctx, party.System, id)
	w.ok(err)
	p, ok := w.org().Person(id)
	if !ok {
		w.Fatalf("no person %s", id)
	}
	in, err := w.app.SignIn(ctx, p.Login, password, here)
	w.ok(err)
	return in.Token, password
}

func (w world) org() *app.Org {
	w.Helper()
	org, err := w.app.Org(ctx)
	w.ok(err)
	return org
}

func TestSignInOnEveryEngine(t *testing.T) {
	each(t, func(w world) {
		token, password := w.signIn("bj")
		info, err := w.app.SessionActor(ctx, token)
		w.ok(err)
		if info.Actor.ID != "person/bj" || !info.MustChange {
			w.Fatalf("%+v", info)
		}
		token, err = w.app.ChangePassword(ctx, info.Actor, password, "harbour-Lime-92", here)
		w.ok(err)
		secret, err := w.app.EnrolTOTP(ctx, info.Actor)
		w.ok(err)
		if again, err := w.app.EnrolTOTP(ctx, info.Actor); err != nil || again.Secret != secret.Secret {
			w.Errorf("asked again before the first code, the secret is another (%v)", err)
		}
		code, err := totp.GenerateCode(secret.Secret, *w.now)
		w.ok(err)
		codes, token, err := w.app.ConfirmTOTP(ctx, info.Actor, code, here)
		w.ok(err)
		if info, err = w.app.SessionActor(ctx, token); err != nil || info.MustChange || len(codes) != 8 {
			w.Fatalf("%+v %v", info, err)
		}
		in, err := w.app.SignIn(ctx, "bj", "harbour-Lime-92", here)
		w.ok(err)
		if _, err := w.app.SessionActor(ctx, in.Token); !in.Pending || !fault.Is(err, fault.Unauthed) {
			w.Errorf("the password alone: %v %v", in.Pending, err)
		}
		in, err = w.app.SecondFactor(ctx, in.Token, codes[3], here)
		w.ok(err)
		token, err = w.app.RemoveTOTP(ctx, info.Actor, "harbour-Lime-92", here)
		w.ok(err)
		if _, err := w.app.SessionActor(ctx, in.Token); !fault.Is(err, fault.Unauthed) {
			w.Errorf("a session from before the change: %v", err)
		}
		w.ok(w.app.SignOut(ctx, token, here))
		lines, err := w.app.SignLog(ctx, info.Actor, app.SignFilter{Person: "bj", Limit: 50})
		w.ok(err)
		var kinds []string
		for _, l := range lines {
			kinds = append(kinds, strings.TrimPrefix(l.Kind, "sign."))
		}
		if got, want := strings.Join(kinds, " "), "Out TOTPOff In TOTPOn PasswordChanged In PasswordReset"; got != want {
			w.Errorf("the ledger says %s, want %s", got, want)
		}
	})
}

// What is stored of an authenticator and of a login name does not tell it.
func TestSecretsAreNotStoredInClear(t *testing.T) {
	each(t, func(w world) {
		_, password := w.signIn("bj")
		secret, err := w.app.EnrolTOTP(ctx, w.who("bj"))
		w.ok(err)
		_, err = w.app.SignIn(ctx, "my-own-password", password, here)
		if !fault.Is(err, fault.Unauthed) {
			w.Fatal(err)
		}
		var sealed []byte
		var logins string
		w.ok(w.s.View(ctx, func(tx *storage.Tx) error {
			if err := tx.Scan(`SELECT totp_new FROM account WHERE person = ?`, []any{"bj"}, &sealed); err != nil {
				return err
			}
			return tx.Scan(`SELECT login FROM attempt WHERE failures > 0`, nil, &logins)
		}))
		if len(sealed) == 0 || strings.Contains(string(sealed), secret.Secret) || strings.Contains(logins, "password") {
			w.Errorf("stored in clear: %q %q", sealed, logins)
		}
	})
}

func TestDropSessions(t *testing.T) {
	each(t, func(w world) {
		token, _ := w.signIn("bj")
		*w.now = w.now.Add(29 * time.Minute)
		_, err := w.app.SessionActor(ctx, token) // touched
		w.ok(err)
		*w.now = w.now.Add(29 * time.Minute)
		if n, err := w.app.DropSessions(ctx); n != 0 || err != nil {
			w.Errorf("dropped %d live sessions (%v)", n, err)
		}
		*w.now = w.now.Add(2 * time.Minute)
		if n, err := w.app.DropSessions(ctx); n != 1 || err != nil {
			w.Errorf("dropped %d, want the one that is over (%v)", n, err)
		}
	})
}

func TestSignLogIsForTheAuditor(t *testing.T) {
	each(t, func(w world) {
		w.signIn("bj")
		for id, want := range map[party.PersonID]fault.Kind{"audit": 0, "office": fault.Forbidden, "sh": fault.Forbidden} {
			_, err := w.app.SignLog(ctx, w.who(id), app.SignFilter{Limit: 5})
			if err != nil && want == 0 || want != 0 && !fault.Is(err, want) {
				w.Errorf("%s: %v", id, err)
			}
		}
	})
}

func TestBootstrap(t *testing.T) {
	units := []party.Unit{{ID: "1", Name: "总行", Level: party.HeadOffice}, {ID: "2", Name: "分行", Parent: "1", Level: party.Branch}}
	people := []party.Person{{ID: "a", Login: "a-dmin", Name: "管理", Unit: "1", Roles: []party.Role{party.Administrator}}, {ID: "b", Login: "b-ank", Name: "经办", Unit: "2", Roles: []party.Role{party.Handler}}}
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		a, err := app.New(ctx, app.Options{Store: s})
		if err != nil {
			t.Fatal(err)
		}
		bad := append([]party.Person{}, people...)
		bad[1].Login = "A-dmin"
		if _, err := a.Bootstrap(ctx, units, bad, nil); !fault.Is(err, fault.Invalid) {
			t.Fatalf("one login twice: %v", err)
		}
		if _, err := a.Bootstrap(ctx, []party.Unit{units[1], units[0]}, people, nil); !fault.Is(err, fault.Invalid) {
			t.Fatalf("a unit before its superior: %v", err)
		}
		if empty, err := a.Empty(ctx); !empty || err != nil {
			t.Fatalf("a refused foundation left something (%v)", err)
		}
		passwords, err := a.Bootstrap(ctx, units, people, nil)
		if err != nil || len(passwords) != 2 {
			t.Fatal(passwords, err)
		}
		for login, password := range passwords {
			if err := identity.CheckPolicy(password, login); err != nil {
				t.Error(err)
			}
			in, err := a.SignIn(ctx, login, password, here)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := a.SessionActor(ctx, in.Token); err != nil || !info.MustChange {
				t.Errorf("%+v %v", info, err)
			}
		}
		if again, err := a.Bootstrap(ctx, units, people, nil); !fault.Is(err, fault.Conflict) || again != nil {
			t.Errorf("a second foundation: %v %v", again, err)
		}
		p, password, err := a.Hire(ctx, party.System, party.Person{Login: "new", Name: "新人", Unit: "2", Roles: []party.Role{party.Handler}}, "")
		if err != nil || p.ID == "" || password == "" {
			t.Errorf("%+v %v", p, err)
		}
	})
}

// Whoever signs in, known or not, with a password or without one, switched off or
// not, costs one password's work: the time tells nobody which it was.
func TestEverySignInCostsTheSameWork(t *testing.T) {
	each(t, func(w world) {
		_, password := w.signIn("bj")
		w.signIn("sh") // and nobody gave bjlead a password
		off, _ := w.org().Person("sh")
		off.Disabled = true
		w.ok(w.app.SetPerson(ctx, party.System, off, ""))
		for _, tt := range []struct{ name, login, password string }{
			{"right", "bj", password}, {"wrong", "bj", "wrong-password-1"}, {"unknown", "nobody", "wrong-password-1"}, {"without a password", "bjlead", "wrong-password-1"},
			{"switched off", "sh", "wrong-password-1"}, {"no name", "", "wrong-password-1"}, {"empty password", "nobody", ""}, {"too long", "nobody", strings.Repeat("x", 100_000)}, {"known, too long", "bj", strings.Repeat("x", 100_000)},
		} {
			before := w.app.PasswordWork()
			_, err := w.app.SignIn(ctx, tt.login, tt.password, here)
			if got := w.app.PasswordWork() - before; got != 1 {
				w.Errorf("%s: %d passwords' work (%v), want 1", tt.name, got, err)
			}
		}
	})
}
