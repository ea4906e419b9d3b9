package photo

import (
	"bytes"
	"encoding/binary"
)

// orientation is how a camera was held, as EXIF writes it: 1 upright, 2 to 8
// the other ways to turn and mirror a picture.
type orientation int

const upright orientation = 1

// orientation reads how to turn the picture. Notes that can't be read are no
// reason to refuse it: it then stays as it is.
func (f format) orientation(raw []byte) orientation {
	if f.exif == nil {
		return upright
	}
	return readOrientation(f.exif(raw))
}

const (
	tiffHeader     = 8
	entrySize      = 12
	tagOrientation = 0x0112
	typeShort      = 3
)

// readOrientation finds the one entry of interest in a TIFF structure. Whatever
// the bytes are, it looks at each entry of the first directory once at most.
func readOrientation(tiff []byte) orientation {
	tiff = bytes.TrimPrefix(tiff, []byte("Exif\x00\x00"))
	if len(tiff) < tiffHeader {
		return upright
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	n, entries := int(order.Uint16(tiff[at:])), tiff[at+2:]
	for ; n > 0 && len(entries) >= entrySize; n-- {
		if order.Uint16(entries) == tagOrientation {
			return orientationOf(order, entries)
		}
		entries = entries[entrySize:]
	}
	return upright
}

func orientationOf(order binary.ByteOrder, entry []byte) orientation {
	value := orientation(order.Uint16(entry[8:]))
	if order.Uint16(entry[2:]) != typeShort || order.Uint32(entry[4:]) != 1 || value < 1 || value > 8 {
		return upright
	}
	return value
}

// JPEG markers that have to be known.
const (
	markerEOI   = 0xd9
	markerSOS   = 0xda // the picture itself begins
	markerAPP1  = 0xe1
	markerSOF2  = 0xc2 // progressive
	markerFirst = 0xc0 // below it, and from RST0 to EOI, markers have no length
)

// segments calls fn for each segment of a JPEG up to the picture, until fn says
// that it has seen enough.
func segments(raw []byte, fn func(marker byte, data []byte) (enough bool)) {
	if !bytes.HasPrefix(raw, []byte("\xff\xd8")) {
		return
	}
	for raw = raw[2:]; len(raw) >= 4 && raw[0] == 0xff; {
		marker := raw[1]
		if marker == 0xff { // a fill byte
			raw = raw[1:]
			continue
		}
		if marker == markerSOS || marker == markerEOI {
			return
		}
		if marker < markerFirst || marker >= 0xd0 && marker < markerEOI {
			raw = raw[2:]
			continue
		}
		size := int(binary.BigEndian.Uint16(raw[2:]))
		if size < 2 || len(raw) < 2+size || fn(marker, raw[4:2+size]) {
			return
		}
		raw = raw[2+size:]
	}
}

func jpegExif(raw []byte) (exif []byte) {
	segments(raw, func(marker byte, data []byte) bool {
		if marker == markerAPP1 && bytes.HasPrefix(data, []byte("Exif\x00\x00")) {
			exif = data
		}
		return exif != nil
	})
	return exif
}

// progressive reports whether raw is a JPEG that is sent in layers.
func progressive(raw []byte) (yes bool) {
	segments(raw, func(marker byte, _ []byte) bool {
		yes = marker == markerSOF2
		return yes
	})
	return yes
}

func pngExif(raw []byte) []byte {
	const head, tail = 8, 4 // length and name; checksum
	for raw = raw[8:]; len(raw) >= head+tail; {
		size := uint64(binary.BigEndian.Uint32(raw))
		if size > uint64(len(raw)-head-tail) {
			return nil
		}
		if string(raw[4:8]) == "eXIf" {
			return raw[head : head+size]
		}
		raw = raw[head+size+tail:]
	}
	return nil
}

func webpExif(raw []byte) []byte {
	const head = 8 // name and length
	for raw = raw[12:]; len(raw) >= head; {
		size := uint64(binary.LittleEndian.Uint32(raw[4:]))
		if size > uint64(len(raw)-head) {
			return nil
		}
		if string(raw[:4]) == "EXIF" {
			return raw[head : head+size]
		}
		raw = raw[min(uint64(len(raw)), head+size+size%2):]
	}
	return nil
}
