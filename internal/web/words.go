package web

import (
	"context"
	"net/http"
	"net/url"
)

const (
	// FindPath and the path of a page is where the page's search form is posted to.
	FindPath = "/find"
	// WordsField carries the sealed words in an address.
	WordsField = "s"
)

type wordsKey struct{}

// sealedWords is what an address held before its words were opened.
type sealedWords struct{ token, address string }

// WithWords gives a request the words that its address holds sealed. Handlers read
// them from the query; Words returns them as they were, for links that go on.
func WithWords(r *http.Request, query url.Values) *http.Request {
	sealed := sealedWords{token: r.URL.Query().Get(WordsField), address: r.URL.RequestURI()}
	r = r.WithContext(context.WithValue(r.Context(), wordsKey{}, sealed))
	at := *r.URL
	at.RawQuery = query.Encode()
	r.URL = &at
	return r
}

// Words returns the sealed words of the request's address, "" for none. A link to
// the same search carries them as WordsField.
func Words(r *http.Request) string {
	sealed, _ := r.Context().Value(wordsKey{}).(sealedWords)
	return sealed.token
}

// Address returns path and query of the request as the reader's browser shows them.
func Address(r *http.Request) string {
	if sealed, ok := r.Context().Value(wordsKey{}).(sealedWords); ok {
		return sealed.address
	}
	return r.URL.RequestURI()
}
