// Package text reads Chinese text: it folds characters that are written in many
// ways into one, cuts text into paragraphs, sentences and clauses, and finds
// the numbers in it. All offsets are bytes of the text that was given.
package text
