package doorcard

import (
	"net/url"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"

	"bilin/internal/errs"
)

// Measures of an A6 card in millimetres.
const (
	pageWidth  = 105.0
	pageHeight = 148.0
	margin     = 8.0
	bandHeight = 17.0
	qrSize     = 42.0
	family     = "noto"
)

type sheet struct {
	pdf *fpdf.Fpdf
	t   T
}

func newSheet(font []byte, now time.Time, t T) *sheet {
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: pageWidth, Ht: pageHeight}})
	pdf.AddUTF8FontFromBytes(family, "", font)
	pdf.SetTitle(t("doorcard.title"), true)
	pdf.SetCreator("Bilin", true)
	pdf.SetCreationDate(now)
	pdf.SetModificationDate(now)
	pdf.SetCatalogSort(true)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(false, 0)
	return &sheet{pdf: pdf, t: t}
}

// add draws one card on a page of its own.
func (s *sheet) add(c Card) error {
	s.pdf.AddPage()
	s.band(c)
	s.lead(c)
	if err := s.code(c.URL, (pageWidth-qrSize)/2, 60); err != nil {
		return err
	}
	s.how(c)
	s.foot(c)
	return s.pdf.Error()
}

// band is the coloured head: where this is.
func (s *sheet) band(c Card) {
	s.pdf.SetFillColor(14, 92, 84)
	s.pdf.Rect(0, 0, pageWidth, bandHeight, "F")
	s.pdf.SetTextColor(255, 255, 255)
	s.line(3.5, 9, c.Path)
	s.line(9.5, 11.5, c.Cell)
	s.pdf.SetTextColor(20, 24, 28)
}

// lead says who it is, as large as the name allows.
func (s *sheet) lead(c Card) {
	title := "doorcard.your_lead"
	if c.Code == "" {
		title = "doorcard.cell_lead"
	}
	s.line(21, 12, s.t(title))
	if c.Lead == "" {
		s.line(32, 15, s.t("doorcard.no_lead"))
		return
	}
	name := c.Lead
	if c.Acting {
		name += s.t("doorcard.stand_in")
	}
	s.line(30, 30, name)
	if c.Phone != "" {
		s.line(42.5, 16, s.t("doorcard.phone", "phone", c.Phone))
	}
	s.line(50.5, 12, s.t("doorcard.scan"))
}

// how is for those who can't scan.
func (s *sheet) how(c Card) {
	host := hostOf(c.URL)
	if c.Code == "" {
		s.line(108, 9.5, s.t("doorcard.type_cell", "host", host))
		s.line(116, 9.5, s.t("doorcard.ask"))
		return
	}
	s.line(107.5, 9.5, s.t("doorcard.type", "host", host))
	s.line(115.5, 24, Grouped(c.Code))
	s.line(126, 8, s.t("doorcard.ask"))
}

func (s *sheet) foot(c Card) {
	s.pdf.SetDrawColor(190, 196, 200)
	s.pdf.Line(margin, 132, pageWidth-margin, 132)
	s.pdf.SetTextColor(70, 78, 84)
	if c.Code == "" {
		s.line(137, 7.5, s.t("doorcard.privacy_cell"))
		return
	}
	s.line(134, 7.5, s.t("doorcard.privacy"))
	if c.Address != "" {
		s.line(139.5, 7.5, s.t("doorcard.door", "address", c.Address))
	}
}

// line writes one centred line at the height y, smaller if it is too long.
func (s *sheet) line(y, points float64, text string) {
	text = printable(text)
	s.pdf.SetFont(family, "", points)
	room := pageWidth - 2*margin
	if wide := s.pdf.GetStringWidth(text); wide > room {
		points *= room / wide
		s.pdf.SetFontSize(points)
	}
	height := points * 0.3528 // a point in millimetres
	s.pdf.SetXY(margin, y)
	s.pdf.CellFormat(room, height, text, "", 0, "C", false, 0, "")
}

// code draws the QR code of a URL with the quiet zone readers need around it.
func (s *sheet) code(target string, x, y float64) error { return QR(s.pdf, target, x, y, qrSize) }

// QR draws the QR code of a URL at a place, so many millimetres wide and high.
// Whoever calls leaves the quiet zone that readers need around it.
func QR(pdf *fpdf.Fpdf, target string, x, y, side float64) error {
	c, err := qr.Encode(target, qr.M)
	if err != nil {
		return errs.Wrap(err, errs.Internal, "errs.internal")
	}
	module := side / float64(c.Size)
	pdf.SetFillColor(0, 0, 0)
	for row := range c.Size {
		for col := 0; col < c.Size; col++ {
			from := col
			for col < c.Size && c.Black(col, row) {
				col++
			}
			if col > from {
				pdf.Rect(x+float64(from)*module, y+float64(row)*module, float64(col-from)*module, module*1.01, "F")
			}
		}
	}
	return nil
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return raw
	}
	return u.Host
}
