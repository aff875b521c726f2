package ledger

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

type entry struct {
	key   string
	value reflect.Value
}

// dictionary encodes a map by sorted keys; a nil map is null.
func (p *plan) dictionary(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	if depth > maxDepth {
		return nil, errDepth
	}
	if m, ok := v.Interface().(map[string]string); ok {
		return encodeStrings(b, m)
	}
	entries, err := p.entries(v)
	if err != nil {
		return nil, err
	}
	b = append(b, '{')
	for i, e := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendString(b, e.key); err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		if b, err = p.elem.encode(append(b, ':'), e.value, depth+1); err != nil {
			return nil, fmt.Errorf("map value: %w", err)
		}
	}
	return append(b, '}'), nil
}

// encodeStrings is dictionary for the commonest map, without reflection.
func encodeStrings(b []byte, m map[string]string) ([]byte, error) {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	b = append(b, '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendString(b, key); err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		if b, err = appendString(append(b, ':'), m[key]); err != nil {
			return nil, fmt.Errorf("map value: %w", err)
		}
	}
	return append(b, '}'), nil
}

func (p *plan) entries(v reflect.Value) ([]entry, error) {
	entries := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		key, err := p.key(it.Key())
		if err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		entries = append(entries, entry{key, it.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.key < b.key {
			return -1
		}
		return 1
	})
	for i := range entries {
		if i > 0 && entries[i].key == entries[i-1].key {
			return nil, errors.New("two keys with one text")
		}
	}
	return entries, nil
}
