package identity

import "testing"

// Occupy takes a slot of h until the answer is called.
func Occupy(t *testing.T, h *Hasher) (release func()) {
	leave, err := h.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return leave
}
