package cap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"bilin/internal/errs"
)

// node is an element with its text or the elements in it.
type node struct {
	name  string
	line  int
	text  string
	under []*node
}

// Parse reads an alert. An error is errs.Invalid, or errs.TooLarge, and says
// what is wrong and in which line.
func Parse(src io.Reader) (*Alert, error) {
	text, err := io.ReadAll(io.LimitReader(src, MaxBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cap: %w", err)
	case len(text) > MaxBytes:
		return nil, errs.E(errs.TooLarge, "cap.too_large", "kib", MaxBytes>>10)
	}
	if line := badLine(text); line > 0 {
		return nil, refuse(line, "cap.not_xml")
	}
	r := &reader{dec: xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte(byteOrder))))}
	root, err := r.document()
	if err != nil {
		return nil, err
	}
	if err := check(root, schema()); err != nil {
		return nil, err
	}
	a := root.alert()
	a.Signed = r.signed
	return a, root.sense(a)
}

// byteOrder is the mark that some editors put before a text.
const byteOrder = "\uFEFF"

// badLine returns the first line that isn't UTF-8 or holds a NUL, or 0: the
// decoder lets both pass in comments.
func badLine(text []byte) int {
	if utf8.Valid(text) && !bytes.Contains(text, []byte{0}) {
		return 0
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) || bytes.Contains(line, []byte{0}) {
			return i + 1
		}
	}
	return 1
}

// reader takes a document apart within bounds.
type reader struct {
	dec    *xml.Decoder
	begun  bool // something came that an XML declaration must precede
	nodes  int
	signed bool
}

func (r *reader) wrong(code string, args ...any) error {
	line, _ := r.dec.InputPos()
	return refuse(line, code, args...)
}

// foreign refuses an element of another namespace, or of none.
func (r *reader) foreign(namespace string) error {
	if namespace == "" {
		return r.wrong("cap.no_namespace", "want", Namespace)
	}
	return r.wrong("cap.namespace", "namespace", clip(namespace))
}

func refuse(line int, code string, args ...any) error {
	return errs.E(errs.Invalid, code, append(args, "line", line)...)
}

// next returns the next token that matters.
func (r *reader) next() (xml.Token, error) {
	for {
		token, err := r.dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case err != nil:
			return nil, errs.Wrap(err, errs.Invalid, "cap.not_xml", "line", r.line())
		}
		begun := r.begun
		r.begun = true
		switch t := token.(type) {
		case xml.Comment:
			continue
		case xml.ProcInst:
			if begun && strings.EqualFold(t.Target, "xml") {
				return nil, r.wrong("cap.not_xml") // a declaration stands at the very beginning
			}
			continue
		case xml.Directive:
			return nil, r.wrong("cap.doctype")
		}
		return token, nil
	}
}

func (r *reader) line() int {
	line, _ := r.dec.InputPos()
	return line
}

func (r *reader) document() (*node, error) {
	var root *node
	for {
		token, err := r.next()
		if errors.Is(err, io.EOF) {
			if root == nil {
				return nil, r.wrong("cap.no_alert")
			}
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return nil, r.wrong("cap.stray_text")
			}
		case xml.StartElement:
			switch {
			case t.Name.Local != "alert" || root != nil:
				return nil, r.wrong("cap.no_alert")
			case t.Name.Space != Namespace:
				return nil, r.foreign(t.Name.Space)
			}
			if root, err = r.element(t, 1); err != nil {
				return nil, err
			}
		}
	}
}

// element reads what stands between an element's tags.
func (r *reader) element(start xml.StartElement, depth int) (*node, error) {
	n := &node{name: start.Name.Local, line: r.line()}
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		return nil, r.wrong("cap.too_deep")
	}
	if err := r.attributes(start.Attr); err != nil {
		return nil, err
	}
	var text strings.Builder
	for {
		token, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil, r.wrong("cap.not_xml")
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			n.text = text.String()
			return n, nil
		case xml.StartElement:
			if t.Name.Space == signatures && depth == 1 {
				r.signed = true
				if err := r.skip(); err != nil {
					return nil, err
				}
				continue
			}
			if t.Name.Space != Namespace {
				return nil, r.foreign(t.Name.Space)
			}
			if r.signed && depth == 1 {
				return nil, r.wrong("cap.order", "name", clip(t.Name.Local))
			}
			child, err := r.element(t, depth+1)
			if err != nil {
				return nil, err
			}
			n.under = append(n.under, child)
		}
	}
}

const (
	signatures     = "http://www.w3.org/2000/09/xmldsig#"
	schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
	maxSkipped     = 64 // depth of a signature
	maxAttributes  = 64 // of an element in it
)

// attributes refuses what the schema doesn't know: all but namespaces and where
// a schema lies. The decoder lets an attribute stand twice, which XML forbids.
func (r *reader) attributes(attrs []xml.Attr) error {
	seen := make(map[xml.Name]bool, len(attrs))
	for _, a := range attrs {
		if seen[a.Name] {
			return r.wrong("cap.twice", "name", clip(a.Name.Local))
		}
		seen[a.Name] = true
		namespace := a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns"
		schema := a.Name.Space == schemaInstance && (a.Name.Local == "schemaLocation" || a.Name.Local == "noNamespaceSchemaLocation")
		if !namespace && !schema {
			return r.wrong("cap.attribute", "name", clip(a.Name.Local))
		}
	}
	return nil
}

// skip passes over an element of another standard, within bounds.
func (r *reader) skip() error {
	for depth := 1; depth > 0; {
		token, err := r.next()
		if errors.Is(err, io.EOF) {
			return r.wrong("cap.not_xml")
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(t.Attr) > maxAttributes {
				return r.wrong("cap.too_deep")
			}
			depth++
		case xml.EndElement:
			depth--
		}
		if r.nodes++; depth > maxSkipped || r.nodes > maxNodes {
			return r.wrong("cap.too_deep")
		}
	}
	return nil
}

// check holds an element against the rules of what may stand in it, in order.
func check(n *node, rules []rule) error {
	if strings.TrimSpace(n.text) != "" {
		return refuse(n.line, "cap.stray_text")
	}
	at := 0
	for _, want := range rules {
		count := 0
		for ; at < len(n.under) && n.under[at].name == want.name; at++ {
			child := n.under[at]
			if count++; count > want.max {
				return refuse(child.line, "cap.twice", "name", want.name)
			}
			if err := checkOne(child, want); err != nil {
				return err
			}
		}
		if count < want.min {
			return refuse(n.line, "cap.missing", "name", want.name, "in", n.name)
		}
	}
	if at < len(n.under) {
		return refuse(n.under[at].line, "cap.order", "name", clip(n.under[at].name))
	}
	return nil
}

func checkOne(n *node, want rule) error {
	if want.under != nil {
		return check(n, want.under)
	}
	if len(n.under) > 0 {
		return refuse(n.under[0].line, "cap.order", "name", clip(n.under[0].name))
	}
	if code := want.check(n.text); code != "" {
		return refuse(n.line, code, "name", n.name, "text", clip(strings.TrimSpace(n.text)))
	}
	return nil
}

// clip keeps what a stranger wrote short where it is shown.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
