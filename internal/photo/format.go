package photo

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"bilin/internal/errs"
)

// format is a kind of picture that is read.
type format struct {
	decode func(io.Reader) (image.Image, error)
	config func(io.Reader) (image.Config, error)
	exif   func([]byte) []byte // the camera's notes in a file, nil if there are none
}

// formatOf tells a picture by how it begins, whatever its name says.
func formatOf(raw []byte) (format, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xd8\xff")):
		return format{jpeg.Decode, jpeg.DecodeConfig, jpegExif}, nil
	case bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")):
		return format{png.Decode, png.DecodeConfig, pngExif}, nil
	case bytes.HasPrefix(raw, []byte("GIF8")):
		return format{gif.Decode, gif.DecodeConfig, nil}, nil
	case len(raw) >= 12 && string(raw[:4]) == "RIFF" && string(raw[8:12]) == "WEBP":
		return format{webp.Decode, webp.DecodeConfig, webpExif}, nil
	case isHEIC(raw):
		return format{}, errs.E(errs.Unsupported, "photo.heic")
	}
	return format{}, errs.E(errs.Unsupported, "photo.unsupported")
}

func isHEIC(raw []byte) bool {
	if len(raw) < 12 || string(raw[4:8]) != "ftyp" {
		return false
	}
	switch string(raw[8:12]) {
	case "heic", "heix", "hevc", "mif1", "msf1", "avif":
		return true
	}
	return false
}

// affordable refuses a picture that would take too much memory, from its first
// bytes alone: a file of a few kilobytes can unfold to gigabytes.
func (f format) affordable(raw []byte) error {
	c, err := f.config(bytes.NewReader(raw))
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "photo.damaged")
	}
	if c.Width <= 0 || c.Height <= 0 {
		return errs.E(errs.Invalid, "photo.damaged")
	}
	pixels := int64(c.Width) * int64(c.Height)
	each := bytesPerPixel(c.ColorModel)
	if progressive(raw) {
		each *= 5 // it keeps a 32-bit coefficient beside each sample
	}
	if pixels > MaxPixels || pixels*each > maxMemory {
		return errs.E(errs.TooLarge, "photo.too_many_pixels", "width", c.Width, "height", c.Height)
	}
	return nil
}

// bytesPerPixel is what a decoded pixel takes at most.
func bytesPerPixel(m color.Model) int64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		return 8
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}
