package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner walks the tags and texts of a worksheet. encoding/xml takes ten
// times as long and offers what no worksheet needs; this one refuses document
// types, the one dangerous part, and anything unreasonably long.
type scanner struct {
	r    *bufio.Reader
	text []byte // before the tag; valid until the next call
	name []byte // local name of the tag
	attr []byte
	end  bool // </name>
	void bool // <name/>
	buf  []byte
	tag  []byte
}

const maxText = 1 << 20 // a cell holds 32,767 characters at most

var (
	errXML  = errors.New("malformed XML")
	errLong = errors.New("XML text too long")
)

func newScanner(r io.Reader) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, 64<<10)}
}

// next reads up to and including the next tag.
func (s *scanner) next() error {
	s.buf = s.buf[:0]
	for {
		var err error
		if s.buf, err = s.until(s.buf, '<'); err != nil {
			return err
		}
		s.buf = s.buf[:len(s.buf)-1]
		if s.tag, err = s.until(s.tag[:0], '>'); err != nil {
			return unexpected(err)
		}
		switch {
		case bytes.HasPrefix(s.tag, []byte("!--")):
			err = s.skipTo("-->")
		case bytes.HasPrefix(s.tag, []byte("![CDATA[")):
			err = s.cdata()
		case s.tag[0] == '?':
		case s.tag[0] == '!':
			return errXML
		default:
			return s.split()
		}
		if err != nil {
			return err
		}
	}
}

// skipCells reads on to the end of a worksheet's cells without looking at
// them; a part without that end is read to its own.
func (s *scanner) skipCells() error {
	mark := []byte("sheetData>")
	for {
		window, err := s.r.Peek(s.r.Size())
		if len(window) == 0 {
			if err == io.EOF {
				return nil
			}
			return err
		}
		at := bytes.Index(window, mark)
		if at < 0 { // the mark, and the tag around it, may begin in this window
			if _, err := s.r.Discard(max(1, len(window)-len(mark)-32)); err != nil {
				return err
			}
			continue
		}
		open := bytes.LastIndexByte(window[:at], '<')
		if _, err := s.r.Discard(at + len(mark)); err != nil {
			return err
		}
		if open >= 0 && window[open+1] == '/' {
			return nil
		}
	}
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// until appends to dst up to and including delim.
func (s *scanner) until(dst []byte, delim byte) ([]byte, error) {
	for {
		part, err := s.r.ReadSlice(delim)
		dst = append(dst, part...)
		if len(dst) > maxText {
			return dst, errLong
		}
		if err != bufio.ErrBufferFull {
			return dst, err
		}
	}
}

func (s *scanner) skipTo(mark string) error {
	for !bytes.HasSuffix(s.tag, []byte(mark)) {
		var err error
		if s.tag, err = s.until(s.tag, '>'); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

// cdata moves the section's content to the text, escaped, since text is unescaped later.
func (s *scanner) cdata() error {
	if err := s.skipTo("]]>"); err != nil {
		return err
	}
	raw := string(s.tag[len("![CDATA[") : len(s.tag)-len("]]>")])
	s.buf = append(s.buf, strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(raw)...)
	return nil
}

// split takes the tag apart, reading on where a > stood inside an attribute.
func (s *scanner) split() error {
	for bytes.Count(s.tag, []byte(`"`))%2 == 1 {
		var err error
		if s.tag, err = s.until(s.tag, '>'); err != nil {
			return unexpected(err)
		}
	}
	t := s.tag[:len(s.tag)-1]
	s.text = s.buf
	s.end = len(t) > 0 && t[0] == '/'
	if s.end {
		t = t[1:]
	}
	s.void = len(t) > 0 && t[len(t)-1] == '/'
	if s.void {
		t = t[:len(t)-1]
	}
	name := t
	if i := bytes.IndexAny(t, " \t\r\n"); i >= 0 {
		name, s.attr = t[:i], t[i:]
	} else {
		s.attr = nil
	}
	if len(name) == 0 {
		return errXML
	}
	s.name = name[bytes.IndexByte(name, ':')+1:]
	return nil
}

// is reports whether the tag opens an element of that local name.
func (s *scanner) is(name string) bool { return !s.end && string(s.name) == name }

// ends reports whether the tag closes an element of that local name.
func (s *scanner) ends(name string) bool { return s.end && string(s.name) == name }

// value returns an attribute by its full name, raw.
func (s *scanner) value(name string) string {
	rest := s.attr
	for {
		i := bytes.Index(rest, []byte(name))
		if i < 0 {
			return ""
		}
		before := i == 0 || isBlank(rest[i-1])
		rest = rest[i+len(name):]
		after := bytes.TrimLeft(rest, " \t\r\n")
		if !before || len(after) == 0 || after[0] != '=' {
			continue
		}
		after = bytes.TrimLeft(after[1:], " \t\r\n")
		if len(after) == 0 || after[0] != '"' && after[0] != '\'' {
			return ""
		}
		end := bytes.IndexByte(after[1:], after[0])
		if end < 0 {
			return ""
		}
		return string(after[1 : 1+end])
	}
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// unescape appends text with its entities resolved.
func unescape(dst, text []byte) []byte {
	for len(text) > 0 {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i:]
		end := bytes.IndexByte(text, ';')
		r := rune(-1)
		if end > 0 && end < 12 {
			r = entity(string(text[1:end]))
		}
		if r < 0 {
			dst, text = append(dst, '&'), text[1:]
			continue
		}
		dst, text = utf8.AppendRune(dst, r), text[end+1:]
	}
	return dst
}

func entity(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	number, ok := strings.CutPrefix(name, "#")
	if !ok {
		return -1
	}
	base := 10
	if hex, ok := strings.CutPrefix(number, "x"); ok {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(number, base, 21)
	if err != nil || n == 0 {
		return -1
	}
	return rune(n)
}
