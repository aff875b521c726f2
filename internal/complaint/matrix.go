package complaint

import (
	_ "embed"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/transfer_matrix.toml
var matrixTOML string

// TransferHandling is what a combination of evidence, team fault and company fault
// calls for in a case that a regulator transferred (S4.10).
type TransferHandling struct {
	Evidence bool     `toml:"evidence"`
	Team     bool     `toml:"team"`
	Company  bool     `toml:"company"`
	Title    string   `toml:"title"`
	TitleEn  string   `toml:"title_en"`
	Do       []string `toml:"do"`
	Answer   string   `toml:"answer"` // what the answer to the regulator stresses
}

var handlings = sync.OnceValue(func() []TransferHandling {
	var file struct {
		Cell []TransferHandling `toml:"cell"`
	}
	if _, err := toml.Decode(matrixTOML, &file); err != nil {
		panic("transfer_matrix.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return file.Cell
})

// Handlings returns the eight cells.
func Handlings() []TransferHandling { return handlings() }

// HandlingFor returns the cell of a fault finding.
func HandlingFor(f FaultFinding) TransferHandling {
	for _, h := range handlings() {
		if h.Evidence == f.Evidence && h.Team == f.Team && h.Company == f.Company {
			return h
		}
	}
	return TransferHandling{}
}
