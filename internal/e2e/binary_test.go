package e2e


// removeBinary ends what the tests of the binary left.
func removeBinary() {}
