package storage

import (
	"container/list"
	"sync"
)

// Kept holds values that never change under their key, such as what a digest
// names, up to a weight in all; what was not asked for longest goes first. It is
// safe for concurrent use, and so must its values be.
type Kept[K comparable, V any] struct {
	most int

	mu     sync.Mutex
	weight int
	by     map[K]*list.Element
	order  list.List // of kept[K, V], the newest use first
}

type kept[K comparable, V any] struct {
	key    K
	value  V
	weight int
}

// NewKept returns an empty one that holds up to the given weight.
func NewKept[K comparable, V any](most int) *Kept[K, V] {
	return &Kept[K, V]{most: most, by: map[K]*list.Element{}}
}

// Get returns what is kept under a key.
func (c *Kept[K, V]) Get(key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.by[key]
	if !ok {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(kept[K, V]).value, true
}

// Put keeps a value. One that is heavier than half of everything is not kept.
func (c *Kept[K, V]) Put(key K, v V, weight int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.by[key]; ok || weight > c.most/2 {
		return
	}
	c.by[key] = c.order.PushFront(kept[K, V]{key, v, weight})
	for c.weight += weight; c.weight > c.most; {
		last := c.order.Remove(c.order.Back()).(kept[K, V])
		delete(c.by, last.key)
		c.weight -= last.weight
	}
}
