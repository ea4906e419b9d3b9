// Package photo makes a picture from a stranger fit to be kept: small, upright, and with nothing but what it shows.
//
// What comes out was drawn anew from the pixels, so that where and when it was
// taken, with what, and whatever else a camera writes beside them is gone.
package photo

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"time"

	"bilin/internal/errs"
	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Bounds of what comes in and of what goes out.
const (
	MaxBytes  = 10 << 20   // of a file as it came
	MaxPixels = 50_000_000 // of a picture as it came
	FullSide  = 1600       // longer side of a kept picture, pixels
	ThumbSide = 320        // longer side of its small copy, pixels

	maxMemory = 320 << 20 // that decoding may take; bytes
	quality   = 82        // JPEG, of 100
)

// Photo is a picture fit to be kept.
type Photo struct {
	Full, Thumb   []byte // JPEG without metadata
	Width, Height int    // of Full, pixels
}

// slot is held while a picture is open. Memory is the process's, and a picture
// of 10 MiB may take [maxMemory]: many at a time would end the program.
var slot = make(chan struct{}, 1)

// patience is how long a picture waits for its turn.
const patience = 20 * time.Second

// Clean reads a JPEG, PNG, WebP or the first frame of a GIF, turns it upright
// and makes it small. It fails with TooLarge for more than [MaxBytes] or
// [MaxPixels], with Unsupported for anything that isn't such a picture, and
// with Invalid for one that is damaged.
func Clean(r io.Reader) (Photo, error) {
	raw, err := readAll(r)
	if err != nil {
		return Photo{}, err
	}
	f, err := formatOf(raw)
	if err != nil {
		return Photo{}, err
	}
	if err := f.affordable(raw); err != nil {
		return Photo{}, err
	}
	select {
	case slot <- struct{}{}:
	case <-time.After(patience):
		return Photo{}, errs.E(errs.Unavailable, "photo.busy")
	}
	defer func() { <-slot }()
	img, err := f.decode(bytes.NewReader(raw))
	if err != nil {
		return Photo{}, errs.Wrap(err, errs.Invalid, "photo.damaged")
	}
	return copies(img, f.orientation(raw))
}

func readAll(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if tooLarge, ok := errors.AsType[*errs.Error](err); ok {
		return nil, tooLarge
	}
	switch {
	case err != nil:
		return nil, errs.Wrap(err, errs.Invalid, "photo.damaged")
	case len(raw) == 0:
		return nil, errs.E(errs.Invalid, "photo.empty")
	case len(raw) > MaxBytes:
		return nil, errs.E(errs.TooLarge, "photo.too_large", "limit", fmt.Sprintf("%d MiB", MaxBytes>>20))
	}
	return raw, nil
}

// copies makes the two pictures that are kept.
func copies(img image.Image, o orientation) (Photo, error) {
	full := o.turn(shrink(img, FullSide))
	p := Photo{Width: full.Rect.Dx(), Height: full.Rect.Dy()}
	var err error
	if p.Full, err = encode(full); err != nil {
		return Photo{}, err
	}
	p.Thumb, err = encode(shrink(full, ThumbSide))
	return p, err
}

func encode(img *image.RGBA) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("photo: encode: %w", err)
	}
	return b.Bytes(), nil
}
