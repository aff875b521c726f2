// Package document takes tables and attachments in and gives letters and tables
// out: XLSX and CSV for imports and exports, DOCX and PDF for letters.
//
// Whatever comes in is hostile until proven otherwise. Every reader has limits,
// reads in a stream, and answers a broken file with a *fault.Error that says
// what is wrong, where, and how to mend it. Nothing of a table is dropped in
// silence: what could not be taken as it stood is a Note or the row's own error.
package document
