package e2e

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPhotos sends two photos with a matter: they come back as JPEG, and where
// and with what they were taken is gone.
func TestPhotos(t *testing.T) {
	t.Parallel()
	cell := here.home(t, "lead")
	resident := here.visitor(t, phone)
	resident.open("/demands/new?unit=" + cell)
	resident.do(chromedp.Click(chromedp.CSS(`.choice:has(input[name=kind][value=help])`)))
	resident.fill(`textarea[name=text]`, "院门的合页断了，拍了两张。")
	resident.do(chromedp.SetUploadFiles(chromedp.CSS(`form[action="/demands"] input[type=file]`), pictures(t)))
	resident.submit(`form[action="/demands"]`)
	resident.insists()
	resident.follow(`a.btn-primary[href^="/t/"]`)
	shown := read[[]string](resident, `[...document.querySelectorAll("main a[href*='/photos/']")].map(a => a.getAttribute("href"))`)
	if len(shown) != 2 {
		t.Fatalf("%d photos on the page", len(shown))
	}
	resident.until(`[...document.querySelectorAll("a[href*='/photos/'] img")].every(i => { i.loading = "eager"; return i.complete && i.naturalWidth > 0; })`)
	resident.looks("a matter with photos")
	for _, path := range shown {
		got := here.page(t, "", path).want(t, 200)
		if _, format, err := image.DecodeConfig(bytes.NewReader(got.raw)); err != nil || format != "jpeg" || got.kind != "image/jpeg" {
			t.Errorf("comes back as %s, %q: %v", got.kind, format, err)
		}
		for _, secret := range []string{"Exif", cameraName, "tEXt"} {
			if bytes.Contains(got.raw, []byte(secret)) {
				t.Errorf("%s still says %s", path, secret)
			}
		}
		here.page(t, "", path[:len(path)-3]+"xyz").want(t, 404) // another key
	}
	lead := here.as(t, "lead", phone)
	lead.open("/demands?q=院门的合页")
	lead.followLine("院门的合页")
	lead.until(`document.querySelectorAll("#matter .photos img").length === 2`)
}

// cameraName is what the photo's metadata gives away.
const cameraName = "BILIN-TEST-CAMERA"

// pictures writes a JPEG with metadata, and a PNG.
func pictures(t *testing.T) []string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for x := range 320 {
		for y := range 240 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), 120, 255})
		}
	}
	var plain, other bytes.Buffer
	if err := jpeg.Encode(&plain, img, nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&other, img); err != nil {
		t.Fatal(err)
	}
	raw := append(append([]byte{0xff, 0xd8}, exif()...), plain.Bytes()[2:]...)
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "IMG_1.jpg"), filepath.Join(dir, "IMG_2.png")}
	for i, content := range [][]byte{raw, other.Bytes()} {
		if err := os.WriteFile(paths[i], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// exif is a segment with one field: the camera's name.
func exif() []byte {
	var tiff bytes.Buffer
	tiff.WriteString("MM\x00*")
	for _, v := range []any{uint32(8), uint16(1), uint16(0x0110), uint16(2), uint32(len(cameraName) + 1), uint32(26), uint32(0)} {
		_ = binary.Write(&tiff, binary.BigEndian, v) // a buffer takes everything
	}
	tiff.WriteString(cameraName + "\x00")
	body := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	return append([]byte{0xff, 0xe1, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
}
