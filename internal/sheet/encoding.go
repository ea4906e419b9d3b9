package sheet

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"bilin/internal/errs"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how the characters of a CSV are written.
type Encoding string

// The encodings a roster comes in.
const (
	UTF8    Encoding = "UTF-8"
	UTF16LE Encoding = "UTF-16LE"
	UTF16BE Encoding = "UTF-16BE"
	GB18030 Encoding = "GB18030"
)

// decoder returns the decoder from e, nil for UTF-8.
func (e Encoding) decoder() *encoding.Decoder {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder()
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder()
	case GB18030:
		return simplifiedchinese.GB18030.NewDecoder()
	}
	return nil
}

// decode returns r as UTF-8. What is no character of the encoding becomes U+FFFD.
func (e Encoding) decode(r io.Reader) io.Reader {
	if d := e.decoder(); d != nil {
		return transform.NewReader(r, d)
	}
	return r
}

// detect finds out the encoding of the text, and how many bytes of byte order
// mark precede it. It reads the whole text: a roster's Chinese may begin late.
func detect(r io.ReaderAt, size int64) (Encoding, int64, error) {
	head := make([]byte, 512)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", 0, fmt.Errorf("read file: %w", err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, 3, nil
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, 2, nil
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, 2, nil
	}
	if e := withoutMark(head); e != "" {
		return e, 0, nil
	}
	var c textCount
	if err := c.readUTF8(io.NewSectionReader(r, 0, size)); err != nil {
		return "", 0, fmt.Errorf("read file: %w", err)
	}
	if c.notUTF8 > 0 {
		if err := c.readGB(io.NewSectionReader(r, 0, size)); err != nil {
			return "", 0, fmt.Errorf("read file: %w", err)
		}
	}
	e, err := c.encoding()
	return e, 0, err
}

// withoutMark recognises UTF-16 without a byte order mark by the zeros that
// commas, digits and line ends leave in it.
func withoutMark(head []byte) Encoding {
	var even, odd int
	for i, b := range head {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	switch few := len(head) / 50; {
	case odd > few && even == 0:
		return UTF16LE
	case even > few && odd == 0:
		return UTF16BE
	}
	return ""
}

// textCount says how much of a text is what.
type textCount struct {
	zeros     int
	utf8      int // characters of several bytes
	notUTF8   int
	gb18030   int
	notGB     int
	gbPending byte
}

func (c textCount) encoding() (Encoding, error) {
	switch {
	case c.zeros > 0:
		return "", errs.E(errs.Unsupported, "sheet.not_a_table")
	case c.notUTF8*50 <= c.utf8: // a few broken characters in a UTF-8 file are shown as such, row by row
		return UTF8, nil
	case c.notGB*50 <= c.gb18030:
		return GB18030, nil
	}
	return "", errs.E(errs.Unsupported, "sheet.encoding")
}

// readUTF8 counts the characters of a text taken for UTF-8.
func (c *textCount) readUTF8(r io.Reader) error {
	buf := make([]byte, 256<<10)
	kept := 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		text := buf[:kept+n]
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return err
		}
		used := c.countUTF8(text, last)
		if last {
			return nil
		}
		kept = copy(buf, text[used:])
	}
}

func (c *textCount) readGB(r io.Reader) error {
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		c.countGB(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *textCount) countUTF8(text []byte, last bool) int {
	i := 0
	for i < len(text) {
		switch b := text[i]; {
		case b == 0:
			c.zeros++
			i++
			continue
		case b < utf8.RuneSelf:
			i++
			continue
		case b >= 0xE4 && b <= 0xE9 && i+2 < len(text) && text[i+1]&0xC0 == 0x80 && text[i+2]&0xC0 == 0x80:
			c.utf8++ // nearly every Chinese character, without the slow way
			i += 3
			continue
		}
		if !last && !utf8.FullRune(text[i:]) {
			return i
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			c.notUTF8++
		} else {
			c.utf8++
		}
		i += size
	}
	return i
}

// countGB counts pairs of bytes as GB18030 forms them. Four-byte forms look
// like two pairs here, the second half being a digit; that is good enough to
// tell it from noise.
func (c *textCount) countGB(text []byte) {
	for _, b := range text {
		switch {
		case c.gbPending == 0 && b < 0x80:
		case c.gbPending == 0 && b != 0x80 && b != 0xFF:
			c.gbPending = b
		case c.gbPending != 0 && (b >= 0x40 && b != 0x7F && b != 0xFF || b >= 0x30 && b <= 0x39):
			c.gb18030++
			c.gbPending = 0
		default:
			c.notGB++
			c.gbPending = 0
		}
	}
}
