package practice

// Op is what became of a piece of a text.
type Op int

// What can become of it.
const (
	Kept Op = iota
	Added
	Gone
)

// Piece is a run of characters with one fate.
type Piece struct {
	Op    Op
	Words string
}

// Diff says what became of a text, character by character: the kept and gone
// pieces make the old text, the kept and added ones the new.
func Diff(before, after string) []Piece {
	a, b := []rune(before), []rune(after)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var d pieces
	d.add(Kept, a[:head])
	d.middle(a[head:len(a)-tail], b[head:len(b)-tail])
	d.add(Kept, a[len(a)-tail:])
	return d
}

type pieces []Piece

func (d *pieces) add(op Op, runes []rune) {
	if len(runes) == 0 {
		return
	}
	if n := len(*d); n > 0 && (*d)[n-1].Op == op {
		(*d)[n-1].Words += string(runes)
		return
	}
	*d = append(*d, Piece{op, string(runes)})
}

// middle keeps the longest common subsequence. Sections are short: at most
// MaxSection squared steps.
func (d *pieces) middle(a, b []rune) {
	cols := len(b) + 1
	long := make([]int16, (len(a)+1)*cols)
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				long[i*cols+j] = long[(i+1)*cols+j+1] + 1
			} else {
				long[i*cols+j] = max(long[(i+1)*cols+j], long[i*cols+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			d.add(Kept, a[i:i+1])
			i, j = i+1, j+1
		case long[(i+1)*cols+j] >= long[i*cols+j+1]:
			d.add(Gone, a[i:i+1])
			i++
		default:
			d.add(Added, b[j:j+1])
			j++
		}
	}
	d.add(Gone, a[i:])
	d.add(Added, b[j:])
}
