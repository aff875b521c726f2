// Package dossier is the sealed case file: one ZIP that carries a case out of
// the installation together with all that is needed to check it elsewhere,
// without the program, the network or the database.
//
//	zip.go       the one way the bytes of the file may be written
//	manifest.go  what is in it, signed
//	record.go    an event with its inclusion proof
//	write.go     making one
//	verify.go    checking one
//	page.go      the page that checks one in a browser, and the read-me
//
// The bytes of a file follow from its names and contents alone, and the signed
// manifest has the digest of every content. So a file that verifies differs in
// no byte from the one that was signed: each single flipped byte is found, be it
// in a content, in a digest, in the signature or in the structure of the ZIP.
//
// What it proves, and no more: the events are those of the ledger that the
// checkpoint vouches for, in their order and without gaps up to the last one
// given; originals and letters have the digests that the events registered. The
// opened personal part of an event is vouched for by the signature of the
// installation only, because the ledger holds the digest of its ciphertext; the
// installation itself can show that both are one (CheckOpened) as long as the
// key has not been destroyed.
package dossier

// Names of the files in a case file. Originals and letters have their own
// under Originals and Letters.
const (
	ManifestName   = "manifest.txt"
	ReadmeName     = "说明.txt"
	PaperName      = "case.pdf"
	EventsName     = "events.jsonl"
	OpenedName     = "opened.json"
	CheckpointName = "checkpoint.txt"
	KeyName        = "public-key.txt"
	PageName       = "verify.html"
	Originals      = "originals/"
	Letters        = "letters/"
)

// required are the files without which a case file says nothing.
var required = []string{ReadmeName, PaperName, EventsName, CheckpointName, KeyName, PageName}
