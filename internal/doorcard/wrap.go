package doorcard

import (
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Wrap breaks a text into lines that fit a room in the document's present font:
// between any two Chinese characters, and between words of other languages.
// What fpdf has for it loses the character at each break.
func Wrap(pdf *fpdf.Fpdf, text string, room float64) []string {
	return wrap(printable(text), func(line string) bool { return pdf.GetStringWidth(line) <= room })
}

// Paragraph writes a text in as many lines as it needs, each so tall, from where
// the pen stands to so many millimetres on; 0 is to the margin.
func Paragraph(pdf *fpdf.Fpdf, width, tall float64, text string) {
	x := pdf.GetX()
	if width == 0 {
		page, _ := pdf.GetPageSize()
		_, _, right, _ := pdf.GetMargins()
		width = page - right - x
	}
	for _, line := range Wrap(pdf, text, width-2*pdf.GetCellMargin()) {
		pdf.SetX(x)
		pdf.CellFormat(width, tall, line, "", 2, "L", false, 0, "")
	}
	left, _, _, _ := pdf.GetMargins()
	pdf.SetX(left)
}

// wrap puts as many pieces on each line as fit. A word longer than a line is
// broken where the line ends. Joined, the lines are the text.
func wrap(text string, fits func(line string) bool) (lines []string) {
	line := ""
	put := func(piece string) {
		if line != "" && !fits(strings.TrimSpace(line+piece)) {
			lines = append(lines, line)
			line = ""
		}
		line += piece
	}
	for _, piece := range pieces(text) {
		if fits(strings.TrimSpace(piece)) {
			put(piece)
			continue
		}
		for _, r := range piece {
			put(string(r))
		}
	}
	return append(lines, line)
}

// Marks that no line begins or ends with.
const (
	closing = " ，。、；：！？”’）》」』…%％"
	opening = "（“‘《「『"
)

// pieces are what a text may be broken between.
func pieces(text string) (out []string) {
	start, last := 0, rune(-1)
	for i, r := range text {
		if last >= 0 && mayBreak(last, r) {
			out = append(out, text[start:i])
			start = i
		}
		last = r
	}
	return append(out, text[start:])
}

// mayBreak reports whether a line may end between two characters.
func mayBreak(a, b rune) bool {
	if strings.ContainsRune(closing, b) || strings.ContainsRune(opening, a) {
		return false
	}
	return a == ' ' || isWide(a) || isWide(b)
}

// isWide reports whether a character is a word of its own, as those of Chinese are.
func isWide(r rune) bool { return r >= 0x2E80 }
