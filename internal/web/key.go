package web

import "net/http"

// KeyOptions answers what a browser is to ask of a security key, as JSON.
func KeyOptions(w http.ResponseWriter, ask []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(ask)
	return err
}
