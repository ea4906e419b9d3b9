package outreachweb

import (
	"bytes"
	"net/http"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"bilin/internal/doorcard"
	"bilin/internal/outreach"
	"bilin/internal/workday"
)

// Measures of the poster in millimetres.
const (
	paperWide, paperHigh = 210.0, 297.0
	edge                 = 18.0
	bandHigh             = 34.0
	footTop              = 232.0
	codeSide             = 44.0
	pictureHigh          = 70.0
)

// draw makes a poster for the village's board: as large as the words allow, with
// the code of the page.
func (p *Pages) draw(r *http.Request, n *outreach.Notice, pic *outreach.Picture) ([]byte, error) {
	t := p.web.T(r)
	pdf, err := p.o.Paper.Document(n.Title)
	if err != nil {
		return nil, err
	}
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(edge, edge, edge)
	pdf.AddPage()
	pdf.SetFillColor(14, 92, 84)
	pdf.Rect(0, 0, paperWide, bandHigh, "F")
	pdf.SetTextColor(255, 255, 255)
	fit(pdf, 8, 15, t("outreach.kind."+string(n.Kind)))
	fit(pdf, 17, 24, p.unitName(n.SenderID))
	pdf.SetTextColor(20, 24, 28)
	top := bandHigh + 8
	if pic != nil {
		if top, err = hang(pdf, pic, top); err != nil {
			return nil, err
		}
	}
	if err := p.foot(pdf, n, t); err != nil {
		return nil, err
	}
	fill(pdf, n, top)
	var out bytes.Buffer
	err = pdf.Output(&out)
	return out.Bytes(), err
}

// fit writes one centred line, smaller if it is too long.
func fit(pdf *fpdf.Fpdf, y, points float64, text string) {
	text = doorcard.Printable(text)
	pdf.SetFont(doorcard.Family, "", points)
	if wide := pdf.GetStringWidth(text); wide > paperWide-2*edge {
		points *= (paperWide - 2*edge) / wide
		pdf.SetFontSize(points)
	}
	pdf.SetXY(edge, y)
	pdf.CellFormat(paperWide-2*edge, points*0.3528, text, "", 0, "C", false, 0, "")
}

// hang puts the picture under the band, and returns where the words may begin.
func hang(pdf *fpdf.Fpdf, pic *outreach.Picture, top float64) (float64, error) {
	high := pictureHigh
	wide := high * float64(pic.Width) / float64(pic.Height)
	if room := paperWide - 2*edge; wide > room {
		wide, high = room, room*float64(pic.Height)/float64(pic.Width)
	}
	pdf.RegisterImageOptionsReader("picture", fpdf.ImageOptions{ImageType: "JPG"}, bytes.NewReader(pic.Image))
	pdf.ImageOptions("picture", (paperWide-wide)/2, top, wide, high, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
	return top + high + 6, pdf.Error()
}

// fill writes title and words in the largest type that leaves the foot free.
// What would be too small to read from a step away goes on to a second sheet.
func fill(pdf *fpdf.Fpdf, n *outreach.Notice, top float64) {
	const least, most = 16.0, 40.0
	room := paperWide - 2*edge
	for points := most; ; points-- {
		title, words := points*1.35, points
		pdf.SetFont(doorcard.Family, "", title)
		lines := len(doorcard.Wrap(pdf, n.Title, room))
		tall := float64(lines) * title * 0.52
		pdf.SetFontSize(words)
		var body [][]string
		for _, text := range paragraphs(n.Words) {
			wrapped := doorcard.Wrap(pdf, text, room)
			body = append(body, wrapped)
			tall += float64(len(wrapped))*words*0.56 + words*0.2
		}
		if top+tall+6 > footTop && points > least {
			continue
		}
		s := &sheet{pdf: pdf, y: top, until: footTop - 2}
		s.write(doorcardLines(pdf, n.Title, title, room), title, 0.52)
		s.y += 6
		for _, wrapped := range body {
			s.write(wrapped, words, 0.56)
			s.y += words * 0.2
		}
		return
	}
}

func doorcardLines(pdf *fpdf.Fpdf, text string, points, room float64) []string {
	pdf.SetFontSize(points)
	return doorcard.Wrap(pdf, text, room)
}

// sheet is where on a sheet of paper the next line goes.
type sheet struct {
	pdf      *fpdf.Fpdf
	y, until float64
}

// write writes lines, on a fresh sheet when this one is full.
func (s *sheet) write(lines []string, points, tall float64) {
	s.pdf.SetFont(doorcard.Family, "", points)
	for _, l := range lines {
		if s.y+points*tall > s.until {
			s.pdf.AddPage()
			s.y, s.until = edge, paperHigh-edge
		}
		s.pdf.SetXY(edge, s.y)
		s.pdf.CellFormat(paperWide-2*edge, points*tall, strings.TrimSpace(l), "", 0, "L", false, 0, "")
		s.y += points * tall
	}
}

// foot is where to read and hear it, and until when it was right.
func (p *Pages) foot(pdf *fpdf.Fpdf, n *outreach.Notice, t func(string, ...any) string) error {
	address := strings.TrimRight(p.o.Public, "/") + at(n.Number)
	pdf.SetDrawColor(190, 196, 200)
	pdf.Line(edge, footTop, paperWide-edge, footTop)
	if err := doorcard.QR(pdf, address, edge, footTop+8, codeSide); err != nil {
		return err
	}
	pdf.SetFont(doorcard.Family, "", 15)
	lines := []string{t("outreachweb.poster_scan"), t("outreachweb.poster_ask"), t("outreachweb.poster_number", "number", n.Number, "day", n.Since().In(workday.City).Format("2006-01-02"))}
	y := footTop + 10
	for _, l := range lines {
		for _, part := range doorcard.Wrap(pdf, l, paperWide-2*edge-codeSide-8) {
			pdf.SetXY(edge+codeSide+8, y)
			pdf.CellFormat(0, 8, part, "", 0, "L", false, 0, "")
			y += 8
		}
	}
	pdf.SetFontSize(9)
	pdf.SetXY(edge+codeSide+8, y+1)
	pdf.CellFormat(0, 5, doorcard.Printable(address), "", 0, "L", false, 0, "")
	return pdf.Error()
}
