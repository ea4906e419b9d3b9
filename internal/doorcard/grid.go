package doorcard

import (
	"bytes"
	"strconv"

	"codeberg.org/go-pdf/fpdf"
)

// Grid is a table on A4 sheets across, with its heads on every sheet, words
// before it and notes after.
type Grid struct {
	Title string
	Intro []string
	Heads []string
	First float64 // width of the first column in millimetres; the others share the rest
	Rows  [][]Box
	Notes []string // "" is a gap
	Foot  string
}

// Box is one field of a table, on a ground of some red, green and blue.
type Box struct {
	Text  string
	Fill  [3]int
	Plain bool // on paper, without a ground
}

const (
	gridMargin = 12.0
	gridWidth  = 297 - 2*gridMargin
	gridRow    = 5.6
	gridHead   = 15.0
	gridEnd    = 210 - 16.0
)

// Grid draws it.
func (p *Printer) Grid(g Grid) ([]byte, error) {
	font, err := p.font()
	if err != nil {
		return nil, err
	}
	pdf := fpdf.New("L", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes(family, "", font)
	pdf.SetTitle(g.Title, true)
	pdf.SetCreator("Bilin", true)
	pdf.SetCreationDate(p.now())
	pdf.SetModificationDate(p.now())
	pdf.SetCatalogSort(true)
	pdf.SetMargins(gridMargin, gridMargin, gridMargin)
	pdf.SetAutoPageBreak(true, 16)
	pdf.SetFooterFunc(func() {
		pdf.SetY(-12)
		pdf.SetFont(family, "", 8)
		pdf.SetTextColor(90, 90, 90)
		pdf.CellFormat(gridWidth-20, 5, printable(g.Foot), "", 0, "L", false, 0, "")
		pdf.CellFormat(20, 5, strconv.Itoa(pdf.PageNo()), "", 0, "R", false, 0, "")
	})
	pdf.AddPage()
	g.words(pdf)
	g.table(pdf)
	g.notes(pdf)
	var out bytes.Buffer
	err = pdf.Output(&out)
	return out.Bytes(), err
}

func (g Grid) words(pdf *fpdf.Fpdf) {
	pdf.SetTextColor(20, 24, 28)
	pdf.SetFont(family, "", 17)
	Paragraph(pdf, 0, 8, g.Title)
	pdf.Ln(1)
	pdf.SetFont(family, "", 10)
	for _, line := range g.Intro {
		Paragraph(pdf, 0, 5.2, line)
	}
	pdf.Ln(3)
}

func (g Grid) width(column int) float64 {
	if column == 0 {
		return g.First
	}
	return (gridWidth - g.First) / float64(max(1, len(g.Heads)-1))
}

func (g Grid) table(pdf *fpdf.Fpdf) {
	if len(g.Rows) == 0 {
		return
	}
	g.heads(pdf)
	for _, row := range g.Rows {
		if pdf.GetY()+gridRow > gridEnd {
			pdf.AddPage()
			g.heads(pdf)
		}
		x, y := gridMargin, pdf.GetY()
		for i, box := range row {
			g.box(pdf, box, x, y, g.width(i), i == 0)
			x += g.width(i)
		}
		pdf.SetXY(gridMargin, y+gridRow)
	}
	pdf.Ln(4)
}

// heads writes each head in as many lines as fit.
func (g Grid) heads(pdf *fpdf.Fpdf) {
	x, y := gridMargin, pdf.GetY()
	pdf.SetTextColor(20, 24, 28)
	pdf.SetDrawColor(150, 146, 136)
	for i, head := range g.Heads {
		pdf.SetFillColor(239, 235, 225)
		pdf.Rect(x, y, g.width(i), gridHead, "FD")
		size, lines := 7.5, []string{}
		for ; size > 4.5; size -= .5 {
			pdf.SetFont(family, "", size)
			if lines = Wrap(pdf, head, g.width(i)-2); float64(len(lines))*size*.42 <= gridHead-1 {
				break
			}
		}
		for n, line := range lines {
			pdf.SetXY(x, y+.8+float64(n)*size*.42)
			pdf.CellFormat(g.width(i), size*.42, line, "", 0, "C", false, 0, "")
		}
		x += g.width(i)
	}
	pdf.SetXY(gridMargin, y+gridHead)
}

func (g Grid) box(pdf *fpdf.Fpdf, box Box, x, y, width float64, first bool) {
	style := "D"
	pdf.SetDrawColor(200, 196, 186)
	if !box.Plain && !first {
		style = "FD"
		pdf.SetFillColor(box.Fill[0], box.Fill[1], box.Fill[2])
	}
	pdf.Rect(x, y, width, gridRow, style)
	dark := box.Fill[0]*3+box.Fill[1]*6+box.Fill[2] < 1300
	if style == "FD" && dark {
		pdf.SetTextColor(255, 255, 255)
	} else {
		pdf.SetTextColor(20, 24, 28)
	}
	text, size, align := printable(box.Text), 8.5, "C"
	if first {
		align = "L"
	}
	pdf.SetFont(family, "", size)
	for size > 5 && pdf.GetStringWidth(text) > width-2.4 {
		size -= .5
		pdf.SetFont(family, "", size)
	}
	pdf.SetXY(x, y)
	pdf.CellFormat(width, gridRow, text, "", 0, align, false, 0, "")
}

func (g Grid) notes(pdf *fpdf.Fpdf) {
	pdf.SetTextColor(20, 24, 28)
	pdf.SetFont(family, "", 9.5)
	for _, line := range g.Notes {
		if line == "" {
			pdf.Ln(3)
			continue
		}
		Paragraph(pdf, 0, 5, line)
	}
}
