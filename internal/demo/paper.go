package demo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"sync"

	"xiaobao/internal/party"
)

// paper is a picture of a written page, as a scanner gives it: lines without letters.
var paper = sync.OnceValue(func() []byte {
	p := image.NewPaletted(image.Rect(0, 0, 420, 594), color.Palette{color.White, color.Gray{Y: 90}})
	for y := 60; y < 540; y += 18 {
		for x := 50; x < 370-y*7%90; x++ {
			if x*5%37 > 6 {
				p.SetColorIndex(x, y, 1)
				p.SetColorIndex(x, y+3, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		panic("demo: " + err.Error()) // writing to memory
	}
	return b.Bytes()
})

// attach plans that a scan is put to the case.
func (l *life) attach(who party.PersonID, name string) {
	l.act(who, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		c, err := t.app.AttachFile(ctx, by, l.id, 0, name, bytes.NewReader(paper()))
		if err == nil {
			l.kase = c
		}
		return err
	})
}
