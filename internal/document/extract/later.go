package extract

import (
	"context"
	"io"

	"xiaobao/internal/document"
)

func readHTML(r io.ReaderAt, size int64, name string, o Options) (Document, error) {
	return Document{}, refuse("later", "")
}
func readXLSX(ctx context.Context, p *document.Parts, o Options) (Document, error) {
	return Document{}, refuse("later", "")
}
func readPPTX(ctx context.Context, p *document.Parts, o Options) (Document, error) {
	return Document{}, refuse("later", "")
}
