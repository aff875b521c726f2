// Package fault is the one error type of the house: a kind that the rim turns
// into a status or an exit code, and a sentence for a person that says what is
// wrong, where, and how to mend it.
//
// Domains return *fault.Error for everything a person can mend. Any other error
// is internal: its text goes to the log, never to a page.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what a program should do about an error.
type Kind uint8

// The kinds, with the HTTP status that web and api give them in brackets.
const (
	Internal    Kind = iota // [500] not the caller's doing
	Invalid                 // [422] the input cannot be taken as it is
	NotFound                // [404] no such thing, or none the actor may know of
	Forbidden               // [403] the actor may not do this
	Recused                 // [403] the actor is a party to the case (rule 2020-3 art. 17)
	Unauthed                // [401] not signed in
	Stale                   // [409] somebody changed it first
	Conflict                // [409] the state of the thing does not allow it
	TooLarge                // [413] over a size limit
	TooMany                 // [429] over a rate limit
	Unavailable             // [503] try again later
)

var kindNames = [...]string{"internal", "invalid", "not_found", "forbidden", "recused", "unauthenticated",
	"stale", "conflict", "too_large", "too_many", "unavailable"}

// String returns the kind's stable name as it stands in API answers.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Violation is one thing wrong with one field of the input.
type Violation struct {
	Field string `json:"field"` // path in the input, such as "complainant.name" or "allegations[1].text"
	Text  string `json:"text"`  // sentence for a person, in Chinese
}

// Error is an error that a person can read. Text is Chinese; Key, when set, is
// the id of its translation in the message catalogues and Args its values.
type Error struct {
	Kind       Kind
	Text       string
	Key        string
	Args       map[string]string
	Violations []Violation
	Cause      error
}

// Error returns the sentence, the violations and the cause, for logs.
func (e *Error) Error() string {
	s := e.Text
	for _, v := range e.Violations {
		s += fmt.Sprintf("; %s: %s", v.Field, v.Text)
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New returns an error of a kind with a formatted sentence.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Wrap returns an error of a kind with a sentence and the error that caused it.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Text: fmt.Sprintf(format, args...), Cause: cause}
}

// KindOf returns the kind of err: Internal for anything that is not a *Error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Message returns what a person may see of err: its sentence, or a plain one
// for internal errors, so that no inside of the program leaks into a page.
func Message(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Internal {
		return e.Text
	}
	return "程序内部出错，操作没有保存。请稍后再试；如仍出错，请把时间告诉系统管理员。"
}

// Fields collects violations; Err is nil while there are none.
type Fields []Violation

// Add notes a violation of a field.
func (f *Fields) Add(field, format string, args ...any) {
	*f = append(*f, Violation{Field: field, Text: fmt.Sprintf(format, args...)})
}

// Need notes a violation when ok is false.
func (f *Fields) Need(ok bool, field, format string, args ...any) {
	if !ok {
		f.Add(field, format, args...)
	}
}

// Err returns an Invalid error with all violations, or nil.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	text := f[0].Text
	if len(f) > 1 {
		text = fmt.Sprintf("有 %d 处需要更正：%s", len(f), f[0].Text)
	}
	return &Error{Kind: Invalid, Text: text, Violations: f}
}
