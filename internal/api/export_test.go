package api

// VerbNames lists the commands that have an operation.
func VerbNames() []string {
	return each(verbTable, func(v verb) string { return v.name })
}

// ReviewVerbNames lists the commands on reviews that have an operation.
func ReviewVerbNames() []string {
	return each(reviewVerbs, func(v reviewVerb) string { return v.name })
}

// PrecedentVerbNames lists the commands on precedents that have an operation.
func PrecedentVerbNames() []string {
	return each(precedentVerbs, func(v precedentVerb) string { return v.name })
}
