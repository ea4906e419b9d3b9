package photo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"bilin/internal/errs"
	"bilin/internal/photo"
)

// corners is a picture whose upper left quarter is red and whose upper right is blue.
func corners(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if y < h/2 && x < w/2 {
				c = color.RGBA{255, 0, 0, 255}
			} else if y < h/2 {
				c = color.RGBA{0, 0, 255, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tiff is a camera's notes: how it was held, and where it was.
func tiff(order binary.AppendByteOrder, orientation uint16) []byte {
	head := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		head = []byte("MM\x00*")
	}
	b := order.AppendUint32(head, 8)
	b = order.AppendUint16(b, 2)
	entry := func(tag, kind uint16, n uint32, value uint32) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, n)
		if kind == 3 {
			b = order.AppendUint16(b, uint16(value))
			b = order.AppendUint16(b, 0)
			return
		}
		b = order.AppendUint32(b, value)
	}
	entry(0x0112, 3, 1, uint32(orientation))
	entry(0x8825, 4, 1, 38) // where the GPS directory is
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 0)
	return append(b, "28.2573N 112.5535E"...)
}

// withExif puts notes into a JPEG, as a camera does.
func withExif(raw, notes []byte) []byte {
	data := append([]byte("Exif\x00\x00"), notes...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1}, byte((len(data)+2)>>8), byte(len(data)+2))
	out = append(out, data...)
	return append(out, raw[2:]...)
}

func clean(t testing.TB, raw []byte) photo.Photo {
	t.Helper()
	p, err := photo.Clean(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decode(t testing.TB, raw []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// colourAt names the colour at a share of the width and height.
func colourAt(img image.Image, x, y float64) string {
	b := img.Bounds()
	r, g, bl, _ := img.At(b.Min.X+int(x*float64(b.Dx())), b.Min.Y+int(y*float64(b.Dy()))).RGBA()
	switch {
	case r > 0xc000 && g > 0xc000 && bl > 0xc000:
		return "white"
	case r > 0xc000 && g < 0x4000 && bl < 0x4000:
		return "red"
	case bl > 0xc000 && r < 0x4000 && g < 0x4000:
		return "blue"
	}
	return "other"
}

func TestNothingOfTheCameraStays(t *testing.T) {
	t.Parallel()
	raw := withExif(jpegOf(t, corners(400, 300)), tiff(binary.BigEndian, 1))
	if !bytes.Contains(raw, []byte("28.2573N")) {
		t.Fatal("the test's picture has no place in it")
	}
	p := clean(t, raw)
	for name, out := range map[string][]byte{"full": p.Full, "thumb": p.Thumb} {
		if bytes.Contains(out, []byte("Exif")) || bytes.Contains(out, []byte("28.2573N")) {
			t.Errorf("%s still has the camera's notes", name)
		}
		for at := 2; at+4 < len(out) && out[at+1] != 0xda; at += 2 + int(binary.BigEndian.Uint16(out[at+2:])) {
			if m := out[at+1]; m >= 0xe0 && m <= 0xef || m == 0xfe {
				t.Errorf("%s has a segment %x", name, m)
			}
		}
	}
}

func TestPicturesAreTurnedUpright(t *testing.T) {
	t.Parallel()
	// Where red and blue are in the upright picture, by how the camera was held.
	cases := map[uint16][2][2]float64{
		1: {{0.2, 0.2}, {0.8, 0.2}}, 2: {{0.8, 0.2}, {0.2, 0.2}}, 3: {{0.8, 0.8}, {0.2, 0.8}}, 4: {{0.2, 0.8}, {0.8, 0.8}},
		5: {{0.2, 0.2}, {0.2, 0.8}}, 6: {{0.8, 0.2}, {0.8, 0.8}}, 7: {{0.8, 0.8}, {0.8, 0.2}}, 8: {{0.2, 0.8}, {0.2, 0.2}},
		0: {{0.2, 0.2}, {0.8, 0.2}}, 9: {{0.2, 0.2}, {0.8, 0.2}},
	}
	raw := jpegOf(t, corners(200, 100))
	for o, want := range cases {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			p := clean(t, withExif(raw, tiff(order, o)))
			img := decode(t, p.Full)
			if red, blue := colourAt(img, want[0][0], want[0][1]), colourAt(img, want[1][0], want[1][1]); red != "red" || blue != "blue" {
				t.Errorf("orientation %d, %v: %s and %s", o, order, red, blue)
			}
			if lying := o >= 5 && o <= 8; lying != (p.Width == 100) || lying != (p.Height == 200) {
				t.Errorf("orientation %d: %d×%d", o, p.Width, p.Height)
			}
		}
	}
}

// chunk puts a chunk of a PNG after its header.
func chunk(raw []byte, name string, data []byte) []byte {
	const header = 8 + 25
	body := append([]byte(name), data...)
	c := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	c = append(c, body...)
	c = binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(body))
	return append(append(append([]byte{}, raw[:header]...), c...), raw[header:]...)
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ w, h, wantW, wantH int }{
		{100, 80, 100, 80}, {1600, 1200, 1600, 1200}, {1601, 1200, 1600, 1199}, {4000, 3000, 1600, 1200},
		{3000, 4000, 1200, 1600}, {5000, 1, 1600, 1}, {1, 1, 1, 1}, {3333, 2222, 1600, 1067},
	} {
		p := clean(t, jpegOf(t, corners(c.w, c.h)))
		if p.Width != c.wantW || p.Height != c.wantH {
			t.Errorf("%d×%d became %d×%d", c.w, c.h, p.Width, p.Height)
		}
		full, thumb := decode(t, p.Full).Bounds(), decode(t, p.Thumb).Bounds()
		if full.Dx() != p.Width || full.Dy() != p.Height || max(thumb.Dx(), thumb.Dy()) > photo.ThumbSide {
			t.Errorf("%d×%d: full %v, thumb %v", c.w, c.h, full, thumb)
		}
		if c.h > 1 && colourAt(decode(t, p.Full), 0.25, 0.25) != "red" {
			t.Errorf("%d×%d: the picture changed", c.w, c.h)
		}
	}
}

func TestOtherKindsOfPictures(t *testing.T) {
	t.Parallel()
	clear := image.NewNRGBA(image.Rect(0, 0, 40, 40)) // all transparent
	if img := decode(t, clean(t, pngOf(t, clear)).Full); colourAt(img, 0.5, 0.5) != "white" {
		t.Error("what was transparent is not white")
	}
	p := clean(t, chunk(pngOf(t, corners(200, 100)), "eXIf", tiff(binary.LittleEndian, 6)))
	if img := decode(t, p.Full); p.Width != 100 || colourAt(img, 0.8, 0.2) != "red" {
		t.Error("a PNG is not upright")
	}
	var b bytes.Buffer
	frame := func(c color.Color) *image.Paletted {
		return image.NewPaletted(image.Rect(0, 0, 30, 20), color.Palette{c, color.Black})
	}
	film := &gif.GIF{Image: []*image.Paletted{frame(color.RGBA{255, 0, 0, 255}), frame(color.RGBA{0, 0, 255, 255})}, Delay: []int{1, 1}}
	if err := gif.EncodeAll(&b, film); err != nil {
		t.Fatal(err)
	}
	if p := clean(t, b.Bytes()); p.Width != 30 || colourAt(decode(t, p.Full), 0.5, 0.5) != "red" {
		t.Error("not the first frame of the GIF")
	}
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	if p := clean(t, webp); p.Width != 1 || p.Height != 1 {
		t.Errorf("WebP: %d×%d", p.Width, p.Height)
	}
}

// huge is a PNG of a few bytes that says it is as big as this.
func huge(t *testing.T, w, h uint32, depth byte) []byte {
	raw := pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(raw[16:], w)
	binary.BigEndian.PutUint32(raw[20:], h)
	raw[24] = depth
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

// layered says of a JPEG that it is as big as this, and progressive.
func layered(t *testing.T, w, h uint16) []byte {
	raw := jpegOf(t, corners(16, 16))
	at := bytes.Index(raw, []byte{0xff, 0xc0})
	raw[at+1] = 0xc2
	binary.BigEndian.PutUint16(raw[at+5:], h)
	binary.BigEndian.PutUint16(raw[at+7:], w)
	return raw
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	good := jpegOf(t, corners(64, 64))
	for name, c := range map[string]struct {
		raw  []byte
		kind errs.Kind
		code string
	}{
		"nothing":          {nil, errs.Invalid, "photo.empty"},
		"words":            {[]byte("<svg onload=alert(1)>"), errs.Unsupported, "photo.unsupported"},
		"HEIC":             {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), errs.Unsupported, "photo.heic"},
		"TIFF":             {tiff(binary.BigEndian, 1), errs.Unsupported, "photo.unsupported"},
		"half a JPEG":      {good[:len(good)/2], errs.Invalid, "photo.damaged"},
		"head of a JPEG":   {good[:4], errs.Invalid, "photo.damaged"},
		"head of a GIF":    {[]byte("GIF89a"), errs.Invalid, "photo.damaged"},
		"head of a PNG":    {[]byte("\x89PNG\r\n\x1a\n"), errs.Invalid, "photo.damaged"},
		"head of a WebP":   {[]byte("RIFF\x00\x00\x00\x00WEBP"), errs.Invalid, "photo.damaged"},
		"too many bytes":   {append(good, make([]byte, photo.MaxBytes)...), errs.TooLarge, "photo.too_large"},
		"pixel bomb":       {huge(t, 50_000, 50_000, 8), errs.TooLarge, "photo.too_many_pixels"},
		"one pixel more":   {huge(t, photo.MaxPixels+1, 1, 8), errs.TooLarge, "photo.too_many_pixels"},
		"sixteen bits":     {huge(t, 45_000, 1_000, 16), errs.TooLarge, "photo.too_many_pixels"},
		"progressive bomb": {layered(t, 6_000, 6_000), errs.TooLarge, "photo.too_many_pixels"},
	} {
		_, err := photo.Clean(bytes.NewReader(c.raw))
		if errs.KindOf(err) != c.kind || errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the request itself says about its size is passed on.
func TestTheReadersErrorIsTold(t *testing.T) {
	t.Parallel()
	if _, err := photo.Clean(failing{errs.E(errs.TooLarge, "web.too_large")}); errs.CodeOf(err) != "web.too_large" {
		t.Error(err)
	}
	if _, err := photo.Clean(failing{errors.New("broken pipe")}); errs.KindOf(err) != errs.Invalid {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Whatever comes in, what comes out is a small JPEG or an error of a known kind.
func FuzzClean(f *testing.F) {
	f.Add(withExif(jpegOf(f, corners(20, 10)), tiff(binary.BigEndian, 6)))
	f.Add(withExif(jpegOf(f, corners(20, 10)), tiff(binary.LittleEndian, 8)))
	f.Add(chunk(pngOf(f, corners(20, 10)), "eXIf", tiff(binary.LittleEndian, 3)))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00EXIF\xff\xff\xff\xff"))
	f.Add([]byte(strings.Repeat("\xff", 40)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := photo.Clean(bytes.NewReader(raw))
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				t.Fatal(err)
			}
			return
		}
		if max(p.Width, p.Height) > photo.FullSide || min(p.Width, p.Height) < 1 || len(p.Full) == 0 || len(p.Thumb) == 0 {
			t.Fatalf("%d×%d", p.Width, p.Height)
		}
	})
}

func BenchmarkClean(b *testing.B) {
	raw := jpegOf(b, corners(4000, 3000))
	for b.Loop() {
		clean(b, raw)
	}
}
