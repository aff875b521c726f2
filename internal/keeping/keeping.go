// Package keeping is who takes data out of the house, how long data stay in it,
// and who reads more than usual: the register of exports with its approvals, the
// protocols of erasing with their legal holds, and the flags of unusual reading.
//
// All of them are folds of events. Nothing here knows a clock or a database; the
// people who propose and approve are told apart here, so that no caller can forget it.
package keeping

import (
	"strings"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// maxWords bounds a reason, in characters.
const maxWords = 500

// need checks the words of a reason.
func need(field, name, words string) error {
	var f fault.Fields
	f.Need(strings.TrimSpace(words) != "", field, "请写明%s", name)
	f.Need(utf8.RuneCountInString(words) <= maxWords, field, "%s超过 %d 字，请写得短些", name, maxWords)
	return f.Err()
}
