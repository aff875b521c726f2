package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Decode fills v, a pointer to a zero value, from what Encode returned. private
// is nil when there was none or it has been erased: sealed fields then keep
// their zero value. Fields that v does not know are ignored, so that an old
// event can be read by a newer program. Errors never hold a value.
func Decode(public, private []byte, v any) error {
	for _, part := range [][]byte{public, private} {
		if len(part) == 0 {
			continue
		}
		if err := json.Unmarshal(part, v); err != nil {
			return fmt.Errorf("ledger: decode %T: %w", v, discreet(err))
		}
	}
	return nil
}

// discreet keeps of a JSON error where it was and drops what stood there.
func discreet(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %s does not fit %s", e.Field, e.Type)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON at byte %d", e.Offset)
	}
	return errors.New("a text value does not fit its type")
}
