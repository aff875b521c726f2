package storage

import "testing"

func TestKept(t *testing.T) {
	c := NewKept[string, int](10)
	c.Put("a", 1, 4)
	c.Put("b", 2, 4)
	c.Put("heavy", 9, 6)
	if _, ok := c.Get("heavy"); ok {
		t.Error("one value took more than half of everything")
	}
	if v, ok := c.Get("a"); v != 1 || !ok {
		t.Errorf("a = %d, %v", v, ok)
	}
	c.Put("a", 7, 1) // what a key names never changes
	c.Put("c", 3, 4) // b was not asked for longest
	for key, want := range map[string]int{"a": 1, "b": 0, "c": 3} {
		if v, _ := c.Get(key); v != want {
			t.Errorf("%s = %d, want %d", key, v, want)
		}
	}
	if c.weight != 8 || c.order.Len() != len(c.by) {
		t.Errorf("weight %d of %d values, %d in order", c.weight, len(c.by), c.order.Len())
	}
}
