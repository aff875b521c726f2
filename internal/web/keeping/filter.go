package keeping

import (
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// filterWords says what an export was asked for: the register keeps the fields of the
// form and the codes in them (web.Filter), a person reads words. What has no words stands
// as it was kept.
func (m *room) filterWords(r *http.Request, org *app.Org, what, kept string) string {
	lang, texts := web.LangOf(r), m.site.Texts()
	if reason, variant, ok := strings.Cut(kept, "/"); ok && what == app.ExportedCaseFile {
		return complaint.Label("case_file_reason", reason, string(lang)) + " · " + texts.Text(lang, "proof."+variant)
	}
	parts := strings.Fields(kept)
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok || !texts.Has(lang, "keeping.f."+name) {
			continue
		}
		words := map[string]string{"period": "overview.period." + value, "basis": "codes.basis." + value, "kind": "house." + value}[name]
		switch {
		case name == "unit":
			value = org.Tree.Name(party.UnitID(value))
		case name == "who":
			value = org.Name("person/" + value)
		case texts.Has(lang, words):
			value = texts.Text(lang, words)
		}
		parts[i] = texts.Text(lang, "keeping.f."+name) + " " + value
	}
	return strings.Join(parts, " · ")
}
