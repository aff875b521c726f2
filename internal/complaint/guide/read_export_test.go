package guide

import "xiaobao/internal/complaint"

// Speaks is the topic and value that a rule speaks for.
func Speaks(rule string) (complaint.Topic, string, bool) {
	sc, value, ok := data().speaks(rule)
	return sc.ID, value, ok
}

// Weights are the weights by beginning of rule ids.
func Weights() map[string]int { return data().Weights }
