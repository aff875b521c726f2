package storage

// AtVersion lets Open stop at an older version of the tables.
func AtVersion(o Options, version int64) Options {
	o.upTo = version
	return o
}
