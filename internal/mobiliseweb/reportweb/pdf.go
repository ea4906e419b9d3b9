package reportweb

import (
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"bilin/internal/doorcard"
)

// Measures of the paper in millimetres.
const (
	left      = 18.0
	width     = 174.0
	lowest    = 275.0 // nothing is written below
	chartTall = 62.0
	lineTall  = 5.6
)

// paper writes a report on A4 pages.
type paper struct {
	*fpdf.Fpdf
	d *doc
	t func(key string, args ...any) string
}

// write fills a document with a report. A drill says so on each of its pages.
func write(pdf *fpdf.Fpdf, d *doc, t func(key string, args ...any) string) *fpdf.Fpdf {
	p := &paper{pdf, d, t}
	pdf.SetMargins(left, 16, left)
	pdf.SetAutoPageBreak(true, 297-lowest)
	pdf.AliasNbPages("")
	pdf.SetHeaderFunc(p.head)
	pdf.SetFooterFunc(p.foot)
	pdf.AddPage()
	p.text(17, 8.5, d.Title)
	p.text(10, lineTall, d.Sub)
	p.text(10, lineTall, d.State)
	p.stats()
	p.fixes()
	p.title(t("reportweb.chart_title"))
	p.text(9, 5, d.Chart.Label)
	p.chart(&d.Chart)
	for i := range d.Tables {
		p.table(&d.Tables[i])
	}
	for i := range d.Goals {
		p.goal(&d.Goals[i])
	}
	if d.Places != nil {
		p.table(d.Places)
	}
	p.title(t("reportweb.how"))
	for _, line := range d.Method {
		p.text(8.5, 4.6, line)
	}
	return pdf
}

func (p *paper) font(points float64) { p.SetFont(doorcard.Family, "", points) }

// head is the mark of a drill, and room for it where there is none.
func (p *paper) head() {
	if !p.d.Drill {
		return
	}
	p.SetFillColor(29, 29, 29)
	p.SetTextColor(255, 214, 10)
	p.font(12)
	p.SetXY(0, 0)
	p.CellFormat(210, 11, p.t("reportweb.drill_mark"), "", 1, "C", true, 0, "")
	p.SetTextColor(0, 0, 0)
	p.SetY(16)
}

func (p *paper) foot() {
	p.SetY(-14)
	p.font(8)
	p.CellFormat(width-20, 5, doorcard.Printable(p.d.Title), "", 0, "L", false, 0, "")
	p.CellFormat(20, 5, strconv.Itoa(p.PageNo())+" / {nb}", "", 0, "R", false, 0, "")
}

func (p *paper) text(points, tall float64, text string) {
	p.font(points)
	doorcard.Paragraph(p.Fpdf, 0, tall, text)
}

// title begins a part, on the next page if there is no room for some of it.
func (p *paper) title(text string) { p.titleWith(text, 28) }

func (p *paper) titleWith(text string, room float64) {
	if p.GetY()+room > lowest {
		p.AddPage()
	}
	p.Ln(4)
	p.text(12.5, 7, text)
}

func (p *paper) stats() {
	p.Ln(3)
	each := width / float64(len(p.d.Stats))
	top := p.GetY()
	for i, s := range p.d.Stats {
		x := left + float64(i)*each
		p.SetDrawColor(170, 170, 170)
		p.Rect(x, top, each-2, 19, "D")
		for _, l := range []struct {
			y, points float64
			text      string
		}{{1.5, 8.5, s.Label}, {6.5, 14, s.Value}, {13, 8.5, s.Hint}} {
			p.font(l.points)
			p.SetXY(x+1, top+l.y)
			p.CellFormat(each-4, 5, doorcard.Printable(l.text), "", 0, "L", false, 0, "")
		}
	}
	p.SetXY(left, top+20)
}

func (p *paper) fixes() {
	p.title(p.t("reportweb.fix"))
	if len(p.d.Fixes) == 0 {
		p.text(10, lineTall, p.t("reportweb.no_fix"))
	}
	for i, f := range p.d.Fixes {
		p.text(10, lineTall, strconv.Itoa(i+1)+". "+f.Text)
		if len(f.Places) == 0 {
			continue
		}
		p.font(8.5)
		p.SetX(left + 6)
		doorcard.Paragraph(p.Fpdf, width-6, 4.6, joined(f.Places, p.t("reportweb.comma")))
	}
}

func joined(list []string, comma string) (text string) {
	for i, s := range list {
		if i > 0 {
			text += comma
		}
		text += s
	}
	return text
}

// table draws one; its head comes again on each page.
func (p *paper) table(t *table) {
	if len(t.Rows) == 0 {
		return
	}
	p.titleWith(t.Title, 34)
	points := 9.0
	if len(t.Head) > 8 {
		points = 7.2
	}
	first := max(width*0.2, width-float64(len(t.Head)-1)*28)
	if len(t.Head) > 8 {
		first = width * 0.17
	}
	each := (width - first) / float64(len(t.Head)-1)
	p.row(t, row{Sum: true, Cells: t.Head}, points, first, each)
	for _, r := range t.Rows {
		if p.GetY()+lineTall*2 > lowest {
			p.AddPage()
			p.row(t, row{Sum: true, Cells: t.Head}, points, first, each)
		}
		p.row(t, r, points, first, each)
	}
	if t.Note != "" {
		p.Ln(1)
		p.text(8, 4.4, t.Note)
	}
}

// row draws a line as tall as its tallest cell.
func (p *paper) row(t *table, r row, points, first, each float64) {
	p.font(points)
	p.SetDrawColor(190, 190, 190)
	p.SetFillColor(240, 238, 232)
	tall := points * 0.46
	most := 1
	wide := func(i int) float64 {
		if i == 0 {
			return first
		}
		return each
	}
	cells := make([][]string, len(r.Cells))
	for i, c := range r.Cells {
		cells[i] = doorcard.Wrap(p.Fpdf, c, wide(i)-2)
		most = max(most, len(cells[i]))
	}
	height := float64(most)*tall + 1.4
	x, y := left, p.GetY()
	for i, lines := range cells {
		style := "D"
		if r.Sum {
			style = "FD"
		}
		p.Rect(x, y, wide(i), height, style)
		align := "R"
		if i == 0 || t.Words {
			align = "L"
		}
		for n, text := range lines {
			p.SetXY(x, y+0.7+float64(n)*tall)
			p.CellFormat(wide(i), tall, strings.TrimSpace(text), "", 0, align, false, 0, "")
		}
		x += wide(i)
	}
	p.SetXY(left, y+height)
}

func (p *paper) goal(g *goal) {
	p.titleWith(g.Name, 40)
	p.text(9.5, 5, g.Text)
	p.chart(&g.Chart)
}

// colours of a chart's lines, which differ in brightness as well.
var colours = map[string][3]int{"reached": {59, 120, 168}, "answered": {179, 103, 28}, "coming": {47, 132, 99}, "arrived": {7, 50, 40}}

var dashes = map[string][]float64{"reached": {}, "answered": {2.4, 1}, "coming": {0.6, 0.9}, "arrived": {4, 1, 0.6, 1}}

// chart draws lines in a box, with words at its left, its foot and below.
func (p *paper) chart(c *chart) {
	tall := chartTall
	if len(c.Lines) == 1 {
		tall = 26
	}
	if p.GetY()+tall+18 > lowest {
		p.AddPage()
	}
	const beside = 24.0
	x, y, wide := left+beside, p.GetY()+2, width-beside-6
	p.SetDrawColor(170, 170, 170)
	p.SetLineWidth(0.2)
	p.Rect(x, y, wide, tall, "D")
	p.font(7.5)
	for i, text := range c.Up {
		at := y + tall*float64(i)/float64(len(c.Up)-1)
		p.Line(x, at, x+wide, at)
		p.SetXY(left, at-2)
		p.CellFormat(beside-1.5, 4, doorcard.Printable(text), "", 0, "R", false, 0, "")
	}
	for i, text := range c.Along {
		p.SetXY(x+wide*float64(i)/float64(len(c.Along)-1)-14, y+tall+0.6)
		p.CellFormat(28, 4, doorcard.Printable(text), "", 0, "C", false, 0, "")
	}
	if c.HasLevel {
		at := y + (1-c.Level)*tall
		p.SetDashPattern([]float64{0.6, 1}, 0)
		p.Line(x, at, x+wide, at)
		p.SetDashPattern(nil, 0)
	}
	for _, l := range c.Lines {
		p.line(&l, x, y, wide, tall)
	}
	p.SetXY(x, y+tall+5)
	if len(c.Lines) > 1 {
		p.legend(c, x)
	}
	p.SetX(left)
	p.Ln(2)
}

func (p *paper) pen(kind string) {
	rgb := colours[kind]
	p.SetDrawColor(rgb[0], rgb[1], rgb[2])
	p.SetLineWidth(0.55)
	p.SetDashPattern(dashes[kind], 0)
}

func (p *paper) line(l *line, x, y, wide, tall float64) {
	p.pen(l.Kind)
	for i := 1; i < len(l.At); i++ {
		a, b := l.At[i-1], l.At[i]
		p.Line(x+a.X*wide, y+(1-a.Y)*tall, x+b.X*wide, y+(1-b.Y)*tall)
	}
	p.SetDashPattern(nil, 0)
	p.SetLineWidth(0.2)
}

func (p *paper) legend(c *chart, x float64) {
	y := p.GetY()
	for i := range c.Lines {
		l := &c.Lines[len(c.Lines)-1-i]
		at := x + float64(i)*34
		p.pen(l.Kind)
		p.Line(at, y+2, at+8, y+2)
		p.SetDashPattern(nil, 0)
		p.SetLineWidth(0.2)
		p.SetXY(at+9, y)
		p.font(8)
		p.CellFormat(25, 4, doorcard.Printable(l.Name), "", 0, "L", false, 0, "")
	}
	p.SetXY(left, y+4)
}
