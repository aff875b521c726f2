package identity

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Outside is what a source outside says of somebody who has proved there who he
// is: a directory (LDAP) or an issuer (OIDC).
type Outside struct {
	Source   string // "ldap", or "oidc:" and the issuer
	Subject  string // the source's own lasting id of the person
	Login    string
	Name     string
	Groups   []string // as the source names them
	Unit     string   // the same
	Disabled bool     // the source has switched the account off
}

// What the first sign-in of somebody from outside may do.
const (
	FirstRefuse = "refuse" // nothing: the administrator ties him to a person first
	FirstLink   = "link"   // be tied to the person who has the same login name here
	FirstCreate = "create" // that, or be hired with the mapped unit and roles
)

// Sources are the ways to sign in that are not our own. The zero Sources is none.
type Sources struct {
	First string // FirstRefuse when empty
	Roles []RoleOf
	Units []UnitOf
	OIDC  *OIDC
	LDAP  *LDAP
}

// RoleOf gives roles to everybody in a group. A group is compared without case, as
// a whole or as the first name of a distinguished name.
type RoleOf struct {
	Group string       `toml:"group"`
	Roles []party.Role `toml:"roles"`
}

// UnitOf says which unit of ours a unit of the source is.
type UnitOf struct {
	Value string       `toml:"value"`
	Unit  party.UnitID `toml:"unit"`
}

// RolesOf returns the roles that the groups give, in the order of party.Roles; none
// ends the access of somebody from outside.
func (s Sources) RolesOf(groups []string) []party.Role {
	var out []party.Role
	for _, r := range party.Roles {
		if slices.ContainsFunc(s.Roles, func(m RoleOf) bool {
			return slices.Contains(m.Roles, r) && slices.ContainsFunc(groups, func(g string) bool { return sameGroup(g, m.Group) })
		}) {
			out = append(out, r)
		}
	}
	return out
}

func sameGroup(is, want string) bool {
	first, _, _ := strings.Cut(is, ",")
	if kind, name, ok := strings.Cut(first, "="); ok && strings.EqualFold(strings.TrimSpace(kind), "cn") {
		first = strings.TrimSpace(name)
	}
	return strings.EqualFold(is, want) || strings.EqualFold(first, want)
}

// UnitOf returns our unit for the source's, "" for one that nobody mapped.
func (s Sources) UnitOf(value string) party.UnitID {
	for _, m := range s.Units {
		if strings.EqualFold(m.Value, value) {
			return m.Unit
		}
	}
	return ""
}

type sourcesFile struct {
	First string    `toml:"first_signin"`
	Roles []RoleOf  `toml:"roles"`
	Units []UnitOf  `toml:"units"`
	OIDC  *oidcFile `toml:"oidc"`
	LDAP  *ldapFile `toml:"ldap"`
}

// ReadSources reads the file that describes the sources. Secrets stand in files of
// their own, whose paths are relative to it. now is the clock that tokens of the
// issuer are held against.
func ReadSources(path string, now func() time.Time) (Sources, error) {
	var f sourcesFile
	meta, err := toml.DecodeFile(path, &f)
	if err != nil {
		return Sources{}, fault.New(fault.Invalid, "身份来源文件 %s 读不了或写得不对：%v", path, err)
	}
	if left := meta.Undecoded(); len(left) > 0 {
		return Sources{}, fault.New(fault.Invalid, "身份来源文件 %s 里有不认识的项 %s，请核对拼写", path, left[0])
	}
	out := Sources{First: f.First, Roles: f.Roles, Units: f.Units}
	if out.First == "" {
		out.First = FirstRefuse
	}
	if err := out.check(path); err != nil {
		return out, err
	}
	near := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(filepath.Dir(path), p)
	}
	if f.OIDC != nil {
		if out.OIDC, err = f.OIDC.open(near, now); err != nil {
			return out, fmt.Errorf("%s [oidc]: %w", path, err)
		}
	}
	if f.LDAP != nil {
		if out.LDAP, err = f.LDAP.open(near); err != nil {
			return out, fmt.Errorf("%s [ldap]: %w", path, err)
		}
	}
	return out, nil
}

func (s Sources) check(path string) error {
	if !slices.Contains([]string{FirstRefuse, FirstLink, FirstCreate}, s.First) {
		return fault.New(fault.Invalid, "身份来源文件 %s：first_signin 只能是 refuse、link 或 create，不能是 %s", path, s.First)
	}
	for _, m := range s.Roles {
		for _, r := range m.Roles {
			if !slices.Contains(party.Roles, r) {
				return fault.New(fault.Invalid, "身份来源文件 %s：组 %s 的角色 %s 不存在", path, m.Group, r)
			}
		}
		if m.Group == "" || len(m.Roles) == 0 {
			return fault.New(fault.Invalid, "身份来源文件 %s：每个 [[roles]] 都要写 group 和 roles", path)
		}
	}
	return nil
}

// secretOf reads a secret from its file, without the line's end.
func secretOf(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	b, err := os.ReadFile(path) // #nosec G304: the operator's own file
	if err != nil {
		return "", fault.New(fault.Invalid, "读不了存放密钥的文件 %s：%v", path, err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

func away(ctx context.Context, err error, what string) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return fault.Wrap(fault.Unavailable, err, "%s暂时连不上，请稍后再试；本地账号（如系统管理员）仍可登录。", what)
}
