package doorcard

import (
	"bytes"

	"codeberg.org/go-pdf/fpdf"
)

// Family is the name of the built-in font in a document.
const Family = family

// Printable replaces what a document's font can't hold.
func Printable(s string) string { return printable(s) }

// Document begins one of A4 pages in the built-in font, whose creation is when it is made.
func (p *Printer) Document(title string) (*fpdf.Fpdf, error) {
	font, err := p.font()
	if err != nil {
		return nil, err
	}
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.AddUTF8FontFromBytes(family, "", font)
	pdf.SetTitle(title, true)
	pdf.SetCreator("Bilin", true)
	pdf.SetCreationDate(p.now())
	pdf.SetModificationDate(p.now())
	pdf.SetCatalogSort(true)
	pdf.SetMargins(20, 18, 20)
	pdf.SetAutoPageBreak(true, 20)
	return pdf, nil
}

// Paper sets a title and paragraphs on A4 pages, with the title at the foot. An
// empty line is a gap.
func (p *Printer) Paper(title string, lines []string) ([]byte, error) {
	pdf, err := p.Document(title)
	if err != nil {
		return nil, err
	}
	pdf.SetFooterFunc(func() {
		pdf.SetY(-14)
		pdf.SetFont(family, "", 9)
		pdf.CellFormat(0, 6, printable(title), "", 0, "L", false, 0, "")
	})
	pdf.AddPage()
	pdf.SetFont(family, "", 18)
	Paragraph(pdf, 0, 9, title)
	pdf.Ln(3)
	pdf.SetFont(family, "", 11.5)
	for _, line := range lines {
		if line == "" {
			pdf.Ln(4)
			continue
		}
		Paragraph(pdf, 0, 6.4, line)
	}
	var out bytes.Buffer
	err = pdf.Output(&out)
	return out.Bytes(), err
}
