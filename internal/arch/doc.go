// Package arch holds the tests that keep the house in shape: which package may
// import which, what a pure package may not touch, how long a file may grow.
package arch
