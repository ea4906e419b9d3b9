package web

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// quietZone is the white border a reader needs around the code, in modules.
const quietZone = 4

// QR draws text as a QR code that needs no script. With size 0 it scales with
// the page, otherwise it is so many CSS pixels wide and high.
func QR(text string, size int) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("web: QR code: %w", err)
	}
	n := code.Size + 2*quietZone
	var b strings.Builder
	b.WriteString(`<svg class="qr"`)
	if size > 0 {
		fmt.Fprintf(&b, ` width="%d" height="%d"`, size, size)
	}
	fmt.Fprintf(&b, ` viewBox="0 0 %d %d" aria-hidden="true" focusable="false" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, n, n, n, n)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil //nolint:gosec // drawn from numbers
}
