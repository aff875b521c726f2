package regulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/fault"
)

// Setting is a value that no rule gives: the institution decides, the default
// is shown as such.
type Setting struct {
	ID      string
	Name    string
	Kind    string   // int, ints, bool or choice
	Unit    string   // of the numbers, in Chinese: 天, 工作日, 分, 小时, 次, 年
	Choices []string // of a choice; the first is the default of nobody
	Min     int64    // of each number, inclusive
	Max     int64
	Default string // as written: "15", "7,3,1,0", "true"
	Value   string // the same, as in force
	Note    string // why, and on what it leans
	Grade   string // always GradeSetting
}

// Changed reports whether the administrator chose another value.
func (s Setting) Changed() bool { return s.Value != s.Default }

// Int returns the value of a number; the first of several.
func (s Setting) Int() int64 {
	if v := s.Ints(); len(v) > 0 {
		return v[0]
	}
	return 0
}

// Ints returns the numbers of the value in the order written.
func (s Setting) Ints() []int64 {
	var out []int64
	for part := range strings.SplitSeq(s.Value, ",") {
		if n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// Bool returns the value of a switch.
func (s Setting) Bool() bool { return s.Value == "true" }

// Text returns the value of a choice.
func (s Setting) Text() string { return s.Value }

// Check says whether a value may be set, as a fault of kind Invalid.
func (s Setting) Check(value string) error {
	switch s.Kind {
	case "bool":
		if value != "true" && value != "false" {
			return fault.New(fault.Invalid, "设置“%s”只能是 true 或 false。", s.Name)
		}
	case "choice":
		if !slices.Contains(s.Choices, value) {
			return fault.New(fault.Invalid, "设置“%s”只能是：%s。", s.Name, strings.Join(s.Choices, "、"))
		}
	case "int", "ints":
		return s.checkNumbers(value)
	default:
		return fmt.Errorf("regulation: setting %s has the unknown kind %q", s.ID, s.Kind)
	}
	return nil
}

func (s Setting) checkNumbers(value string) error {
	parts := strings.Split(value, ",")
	if s.Kind == "int" && len(parts) != 1 {
		return fault.New(fault.Invalid, "设置“%s”只能填写一个整数。", s.Name)
	}
	for _, part := range parts {
		n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil || n < s.Min || n > s.Max {
			return fault.New(fault.Invalid, "设置“%s”须是 %d 至 %d 之间的整数（单位：%s）；多个数用逗号隔开。", s.Name, s.Min, s.Max, s.Unit)
		}
	}
	return nil
}

// WithSettings returns a library in which the named settings have other values.
// An unknown id or a value that may not be set is a fault of kind Invalid with
// one violation each. The receiver is unchanged.
func (l *Library) WithSettings(values map[string]string) (*Library, error) {
	var f fault.Fields
	for id, value := range values {
		s, ok := l.settings[id]
		if !ok {
			f.Add(id, "没有编号为“%s”的设置：请核对编号。", id)
			continue
		}
		if err := s.Check(value); err != nil {
			f.Add(id, "%s", err.Error())
		}
	}
	slices.SortFunc(f, func(a, b fault.Violation) int { return strings.Compare(a.Field, b.Field) })
	if err := f.Err(); err != nil {
		return nil, err
	}
	current := map[string]string{}
	for id, s := range l.settings {
		current[id] = s.Value
	}
	for id, value := range values {
		current[id] = value
	}
	changed, err := assemble(l.source, current)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "这些设置合在一起不成立（例如延长后的总天数不多于原天数）：请核对后再保存。")
	}
	return changed, nil
}
