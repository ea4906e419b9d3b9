package photo

import (
	"encoding/binary"
	"testing"
)

// The readers of notes end on anything, and never read what isn't there.
func FuzzExif(f *testing.F) {
	f.Add([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("II*\x00\xff\xff\xff\xff"))
	f.Add([]byte("\xff\xd8\xff\xff\xff\xe1\x00\x02\xff\xd0\xff\xd9"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if o := readOrientation(raw); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
		jpegExif(raw)
		progressive(raw)
		if len(raw) >= 12 {
			pngExif(raw)
			webpExif(raw)
		}
	})
}

func TestNotesOfAnyDamage(t *testing.T) {
	t.Parallel()
	whole := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	if readOrientation(whole) != 6 {
		t.Fatal("whole notes are not read")
	}
	for n := range 22 {
		if o := readOrientation(whole[:n]); o != upright {
			t.Errorf("%d bytes: orientation %d", n, o)
		}
	}
	far := append([]byte{}, whole...)
	binary.BigEndian.PutUint32(far[4:], 1<<32-1)
	if readOrientation(far) != upright {
		t.Error("a directory beyond the end")
	}
}
