package identity_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
)

const goodLDAP = "[ldap]\nurl = \"ldaps://dc.example:636\"\nbind_dn = \"cn=s\"\nbase = \"dc=example\"\n"

// A file that would let people in another way than its writer meant is refused with
// what is wrong in it.
func TestReadSources(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"nothing", "", ""},
		{"directory", goodLDAP, ""},
		{"issuer", "[oidc]\nissuer = \"https://sso.example\"\nclient_id = \"x\"\nredirect_url = \"https://x.example/sign-in/oidc/callback\"\n", ""},
		{"unknown key", "first_sign = \"create\"", "first_sign"},
		{"unknown way", "first_signin = \"everybody\"", "everybody"},
		{"unknown role", "[[roles]]\ngroup = \"g\"\nroles = [\"boss\"]", "boss"},
		{"role of no group", "[[roles]]\nroles = [\"handler\"]", "group"},
		{"plain passwords", strings.Replace(goodLDAP, "ldaps", "ldap", 1), "明文"},
		{"plain passwords by wish", strings.Replace(goodLDAP, "ldaps", "ldap", 1) + "allow_plain = true\n", ""},
		{"start tls", strings.Replace(goodLDAP, "ldaps", "ldap", 1) + "start_tls = true\n", ""},
		{"no address", strings.Replace(goodLDAP, "ldaps://dc.example:636", "dc.example", 1), "ldaps://"},
		{"filter without the name", goodLDAP + "filter = \"(uid=x)\"\n", "{login}"},
		{"broken filter", goodLDAP + "filter = \"(uid={login}\"\n", "{login}"},
		{"no base", strings.Replace(goodLDAP, "base", "#", 1), "base"},
		{"no certificates", goodLDAP + "ca_file = \"none.pem\"\n", "none.pem"},
		{"no secret", goodLDAP + "bind_password_file = \"none\"\n", "none"},
		{"wrong time", goodLDAP + "timeout = \"5\"\n", "timeout"},
		{"issuer alone", "[oidc]\nissuer = \"https://sso.example\"\n", "client_id"},
		{"not TOML", "[ldap", "写得不对"},
	} {
		path := filepath.Join(t.TempDir(), "identity.toml")
		if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := identity.ReadSources(path, time.Now)
		if tt.want == "" && err != nil || tt.want != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := identity.ReadSources(filepath.Join(t.TempDir(), "none.toml"), time.Now); err == nil {
		t.Error("a file that is not there is read")
	}
}

// Groups are compared whole or by the first name of a distinguished name, never by
// a part of it.
func TestRolesOf(t *testing.T) {
	s := identity.Sources{Roles: []identity.RoleOf{{Group: "handlers", Roles: []party.Role{party.Handler}}, {Group: "CN=Leads,OU=Branch,DC=bank", Roles: []party.Role{party.BranchLead, party.Handler}}},
		Units: []identity.UnitOf{{Value: "北京", Unit: "0101"}}}
	for _, tt := range []struct {
		groups []string
		want   []party.Role
	}{
		{nil, nil}, {[]string{"handlers"}, []party.Role{party.Handler}}, {[]string{"cn=Handlers,ou=x,dc=y"}, []party.Role{party.Handler}},
		{[]string{"cn=leads,ou=branch,dc=bank", "handlers"}, []party.Role{party.Handler, party.BranchLead}}, {[]string{"CN=Leads,OU=Other,DC=bank"}, nil},
		{[]string{"handlers2", "xhandlers", "ou=handlers,dc=y", "cn=x,ou=handlers"}, nil},
	} {
		if got := s.RolesOf(tt.groups); !slices.Equal(got, tt.want) {
			t.Errorf("%v gives %v, want %v", tt.groups, got, tt.want)
		}
	}
	if s.UnitOf("北京") != "0101" || s.UnitOf("上海") != "" {
		t.Error("units are not those of the file")
	}
}

// What a browser brings back is what it was given, or nothing.
func FuzzParseErrand(f *testing.F) {
	f.Add(identity.Errand{State: "s", Nonce: "n", Verifier: "v", Back: "/desk"}.Text())
	f.Add("")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		e := identity.ParseErrand(text)
		if again := identity.ParseErrand(e.Text()); again != e {
			t.Errorf("%+v comes back as %+v", e, again)
		}
	})
}
