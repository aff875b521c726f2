package web

import (
	"strings"

	"xiaobao/internal/complaint"
)

// Reading words what a line of the access record says beside its kind: the reason and
// the fields of a reveal, the table that was exported with its number in the register.
// What has no words is shown as it was kept.
func (c *Catalogue) Reading(lang Lang, what string) string {
	t := func(key string) string { return c.Text(lang, key) }
	kind, rest, _ := strings.Cut(what, ":")
	switch kind {
	case "case", "search":
		return "" // the kind of the line says it
	case "personal":
		reason, fields, some := strings.Cut(rest, "/")
		said := t("reveal." + reason)
		if reason == "other" { // what was said stands in the event
			said = t("reading.other")
		}
		if !some {
			return said
		}
		list := strings.Split(fields, ",")
		for i, f := range list {
			key := "case.f." + strings.ReplaceAll(f, ".", "_")
			switch name, _, _ := strings.Cut(f, "."); name {
			case "narrative":
				key = "case.matter"
			case "joint": // of several, by their numbers
				key = "case.f.joint"
			}
			if c.Has(lang, key) {
				list[i] = t(key)
			}
		}
		return said + " · " + strings.Join(list, t("reading.and"))
	case "case-file":
		if reason, variant, ok := strings.Cut(rest, "/"); ok {
			return t("proof.case_file") + " · " + complaint.Label("case_file_reason", reason, string(lang)) + " · " + t("proof."+variant)
		}
	}
	if key := "reading.what." + kind; rest == "" && c.Has(lang, key) {
		return t(key)
	}
	if key := "keeping.what." + kind; rest != "" && c.Has(lang, key) {
		return t(key) + " " + rest
	}
	return what
}
