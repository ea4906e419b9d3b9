package honourweb

import (
	"bytes"
	"net/http"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"bilin/internal/doorcard"
	"bilin/internal/honour"
)

// Measures of a certificate in millimetres, on A4.
const (
	paperWide, paperHigh = 210.0, 297.0
	frame                = 12.0
	edge                 = 28.0
	codeSide             = 34.0
)

func (p *Pages) printed(w http.ResponseWriter, r *http.Request) error {
	paper, err := p.svc.Paper(r.Context(), actor(r), r.PathValue("number"))
	if err != nil {
		return err
	}
	signed, err := p.svc.SignedStatement(r.Context(), paper.Full())
	if err != nil {
		return err
	}
	raw, err := p.draw(r, paper, signed)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Disposition", `inline; filename="`+paper.Number+`.pdf"`)
	h.Set("Cache-Control", "private, no-store")
	return p.web.Send(w, r, http.StatusOK, "application/pdf", raw)
}

// draw makes the certificate; what the city's key signed goes with it as a file.
func (p *Pages) draw(r *http.Request, c *honour.Paper, signed string) ([]byte, error) {
	t := p.web.T(r)
	pdf, err := p.paper.Document(t("honourweb.certificate"))
	if err != nil {
		return nil, err
	}
	pdf.SetAttachments([]fpdf.Attachment{{Content: []byte(signed), Filename: "certificate.txt", Description: "signed"}})
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddPage()
	border(pdf)
	centred(pdf, 46, 44, t("honourweb.paper_title"))
	centred(pdf, 70, 16, c.Round)
	pdf.SetTextColor(20, 24, 28)
	centred(pdf, 100, 34, c.Name)
	centred(pdf, 120, 14, p.where(c.UnitID))
	y := lines(pdf, 142, 17, t("honourweb.paper_words", "round", c.Round, "category", c.Category))
	if c.Praise != "" {
		lines(pdf, y+8, 17, t("honourweb.paper_praise", "praise", c.Praise))
	}
	city := ""
	if root := p.tree().Root(); root != nil {
		city = root.Name
	}
	ended(pdf, 214, 15, city)
	ended(pdf, 223, 15, c.Day)
	if err := p.foot(pdf, c, t); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = pdf.Output(&out)
	return out.Bytes(), err
}

func border(pdf *fpdf.Fpdf) {
	pdf.SetDrawColor(14, 92, 84)
	pdf.SetLineWidth(1.6)
	pdf.Rect(frame, frame, paperWide-2*frame, paperHigh-2*frame, "D")
	pdf.SetLineWidth(0.4)
	pdf.Rect(frame+3, frame+3, paperWide-2*frame-6, paperHigh-2*frame-6, "D")
	pdf.SetTextColor(14, 92, 84)
}

// centred writes one line in the middle, smaller if it is too long.
func centred(pdf *fpdf.Fpdf, y, points float64, text string) {
	text = doorcard.Printable(text)
	pdf.SetFont(doorcard.Family, "", points)
	if wide, room := pdf.GetStringWidth(text), paperWide-2*edge; wide > room {
		pdf.SetFontSize(points * room / wide)
	}
	pdf.SetXY(edge, y)
	pdf.CellFormat(paperWide-2*edge, points*0.36, text, "", 0, "C", false, 0, "")
}

// ended writes one line at the right.
func ended(pdf *fpdf.Fpdf, y, points float64, text string) {
	pdf.SetFont(doorcard.Family, "", points)
	pdf.SetXY(edge, y)
	pdf.CellFormat(paperWide-2*edge, points*0.4, doorcard.Printable(text), "", 0, "R", false, 0, "")
}

// lines writes a paragraph, and returns where it ends.
func lines(pdf *fpdf.Fpdf, y, points float64, text string) float64 {
	pdf.SetFont(doorcard.Family, "", points)
	for _, l := range doorcard.Wrap(pdf, text, paperWide-2*edge) {
		pdf.SetXY(edge, y)
		pdf.CellFormat(paperWide-2*edge, points*0.6, strings.TrimSpace(l), "", 0, "L", false, 0, "")
		y += points * 0.6
	}
	return y
}

// foot is the number and the code that leads to the page that verifies it.
func (p *Pages) foot(pdf *fpdf.Fpdf, c *honour.Paper, t func(string, ...any) string) error {
	address := strings.TrimRight(p.public, "/") + "/verify/" + c.Full()
	top := paperHigh - edge - codeSide
	if err := doorcard.QR(pdf, address, edge, top, codeSide); err != nil {
		return err
	}
	y := top + 4
	for _, l := range []struct {
		points float64
		text   string
	}{{13, t("honourweb.paper_number", "number", c.Full())}, {11, t("honourweb.paper_scan")}, {8.5, address}} {
		pdf.SetFont(doorcard.Family, "", l.points)
		for _, part := range doorcard.Wrap(pdf, l.text, paperWide-2*edge-codeSide-6) {
			pdf.SetXY(edge+codeSide+6, y)
			pdf.CellFormat(0, l.points*0.5, part, "", 0, "L", false, 0, "")
			y += l.points * 0.55
		}
		y += 2
	}
	return pdf.Error()
}
