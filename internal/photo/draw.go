package photo

import (
	"image"

	"golang.org/x/image/draw"
)

// shrink copies a picture so that its longer side is at most side pixels, onto
// white where it is transparent. It never makes one bigger.
func shrink(img image.Image, side int) *image.RGBA {
	from := img.Bounds()
	w, h := fit(from.Dx(), from.Dy(), side)
	// Whole blocks first, since the scaler's memory grows with what it is given.
	small := blocks(img, max(1, max(from.Dx(), from.Dy())/side))
	if small.Rect.Dx() == w && small.Rect.Dy() == h {
		return small
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.BiLinear.Scale(out, out.Rect, small, small.Rect, draw.Src, nil)
	return out
}

// blocks copies a picture onto white, each k×k pixels as their average. Blocks
// at the right and lower edge may be smaller.
func blocks(img image.Image, k int) *image.RGBA {
	from := img.Bounds()
	w, h := (from.Dx()+k-1)/k, (from.Dy()+k-1)/k
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	strip := image.NewRGBA(image.Rect(0, 0, from.Dx(), k))
	for y := range h {
		rows := min(k, from.Dy()-y*k)
		draw.Draw(strip, strip.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, image.Rect(0, 0, from.Dx(), rows), img, from.Min.Add(image.Pt(0, y*k)), draw.Over)
		average(out.Pix[y*out.Stride:][:4*w], strip, k, rows)
	}
	return out
}

// average writes one row of pixels, each the average of k columns and some rows of a strip.
func average(row []byte, strip *image.RGBA, k, rows int) {
	for x := 0; 4*x < len(row); x++ {
		left, right := x*k, min((x+1)*k, strip.Rect.Dx())
		var r, g, b int
		for y := range rows {
			for px := strip.Pix[y*strip.Stride+4*left : y*strip.Stride+4*right]; len(px) >= 4; px = px[4:] {
				r, g, b = r+int(px[0]), g+int(px[1]), b+int(px[2])
			}
		}
		n := rows * (right - left)
		row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = byte(r/n), byte(g/n), byte(b/n), 255
	}
}

// fit returns the size of a w×h picture whose longer side is at most side.
func fit(w, h, side int) (int, int) {
	longer := max(w, h)
	if longer <= side {
		return w, h
	}
	part := func(n int) int { return max(1, (n*side+longer/2)/longer) }
	return part(w), part(h)
}

// turn returns the picture upright.
func (o orientation) turn(img *image.RGBA) *image.RGBA {
	if o <= upright || o > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if o >= 5 { // lying on its side
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := o.place(x, y, w, h)
			copy(out.Pix[out.PixOffset(tx, ty):], img.Pix[img.PixOffset(x, y):][:4])
		}
	}
	return out
}

// place says where the pixel at x, y of a w×h picture belongs once it is upright.
func (o orientation) place(x, y, w, h int) (int, int) {
	right, bottom := w-1-x, h-1-y
	switch o {
	case 2:
		return right, y
	case 3:
		return right, bottom
	case 4:
		return x, bottom
	case 5:
		return y, x
	case 6:
		return bottom, x
	case 7:
		return bottom, right
	case 8:
		return y, right
	}
	return x, y
}
