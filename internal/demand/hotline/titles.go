package hotline

import (
	"io"
	"slices"
	"strings"

	"bilin/internal/address"
	"bilin/internal/errs"
	"bilin/internal/sheet"
)

// field is what a column of a file of orders holds.
type field int

const (
	fieldNo field = iota
	fieldTitle
	fieldText
	fieldReceived
	fieldTown
	fieldUnit
	fieldKind
	fieldCategory
	fieldName
	fieldPhone
	fieldUrgency
	fieldPlace
	fieldPrivate
	fieldLon
	fieldLat
	fieldCount
)

var fieldNames = [fieldCount]string{"order", "title", "text", "received", "town", "unit", "kind", "category", "name", "contact",
	"urgency", "place", "private", "lon", "lat"}

// String is the field's name in code; its message keys are "hotline.field." and
// "hotline.expected." and this.
func (f field) String() string { return fieldNames[f] }

// synonyms are the titles that hotlines give the fields, folded, in the order of the fields.
var synonyms = [fieldCount][]string{
	{"工单编号", "工单号", "工单编码", "编号", "受理编号", "受理单号", "诉求编号", "业务编号", "任务编号", "order", "orderno", "ordernumber"},
	{"标题", "诉求标题", "工单标题", "事项标题", "主题", "title", "subject"},
	{"诉求内容", "内容", "工单内容", "诉求描述", "问题描述", "来电内容", "反映内容", "具体内容", "诉求", "text", "content", "description"},
	{"受理时间", "来电时间", "登记时间", "诉求时间", "创建时间", "接单时间", "派单时间", "时间", "received", "receivedat", "time"},
	{"镇街", "乡镇", "街道", "乡镇街道", "所属镇街", "所属乡镇", "所属街道", "事发镇街", "town"},
	{
		"区域", "区域村社区", "区域/村社区", "村社区", "村居", "社区", "村", "所属区域", "所属社区", "所属村社区", "事发区域", "区域编码", "单位编码", "单位代码",
		"承办单位", "unit", "unitcode", "village", "area",
	},
	{"诉求类型", "工单类型", "类型", "诉求性质", "业务类型", "kind", "type"},
	{"类别", "诉求类别", "分类", "诉求分类", "问题分类", "内容分类", "一级分类", "二级分类", "事项类别", "category"},
	{"来电人", "来电人姓名", "诉求人", "诉求人姓名", "姓名", "联系人", "name", "caller"},
	{"来电号码", "来电电话", "联系电话", "联系方式", "电话", "手机号", "手机号码", "电话号码", "诉求人电话", "contact", "phone", "tel"},
	{"紧急程度", "紧急度", "缓急程度", "优先级", "紧急", "是否紧急", "urgency", "priority"},
	{"地点", "诉求地址", "事发地址", "事发地点", "问题地址", "详细地址", "地址", "发生地点", "place", "address"},
	{"是否保密", "保密", "是否匿名", "匿名", "信息保密", "private", "confidential"},
	{"经度", "lon", "lng", "longitude", "x"},
	{"纬度", "lat", "latitude", "y"},
}

// header says which column of a file holds which field; -1 where none does.
type header struct {
	row     int
	titles  []string
	columns [fieldCount]int
}

func (h *header) has(f field) bool { return h.columns[f] >= 0 }

// The header stands in one of the first rows; above it are titles.
const headerWithin = 20

// readHeader recognises a header by the columns without which no order can be read.
func readHeader(cells []string, row int) (*header, error) {
	h := &header{row: row, titles: slices.Clone(cells)}
	for f := range h.columns {
		h.columns[f] = -1
	}
	err := errs.E(errs.Invalid, "hotline.header", "row", row)
	for i, cell := range cells {
		f, ok := fieldOf(cell)
		switch {
		case !ok:
		case h.has(f) && f == fieldCategory:
			h.columns[f] = i // the lower level stands to the right
		case h.has(f):
			err.WithField(strings.TrimSpace(cell), "hotline.header_twice", "first", letter(h.columns[f]), "second", letter(i))
		default:
			h.columns[f] = i
		}
	}
	if !h.has(fieldNo) || !h.has(fieldText) && !h.has(fieldTitle) {
		return nil, nil
	}
	if len(err.Fields) > 0 {
		return nil, err
	}
	return h, nil
}

func fieldOf(title string) (field, bool) {
	plain := address.Fold(title)
	if i := strings.IndexAny(title, "（("); i > 0 {
		plain = address.Fold(title[:i])
	}
	for f, words := range synonyms {
		if plain != "" && slices.Contains(words, plain) {
			return field(f), true
		}
	}
	return 0, false
}

// ignored returns the titles of columns that aren't read.
func (h *header) ignored() []string {
	var list []string
	for i, title := range h.titles {
		if title = strings.TrimSpace(title); title != "" && !slices.Contains(h.columns[:], i) {
			list = append(list, title)
		}
	}
	return list
}

// findHeader looks for the header in every sheet of a file.
func findHeader(table *sheet.Table) (int, *header, error) {
	for i := range table.Sheets {
		rows, err := table.Rows(i)
		if err != nil {
			return 0, nil, err
		}
		h, err := headerOf(rows)
		if closing := rows.Close(); err == nil {
			err = closing
		}
		if h != nil || err != nil {
			return i, h, err
		}
	}
	return 0, nil, errs.E(errs.Invalid, "hotline.no_header", "rows", headerWithin)
}

func headerOf(rows sheet.Reader) (*header, error) {
	for range headerWithin {
		row, err := rows.Next()
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if h, err := readHeader(row.Cells, row.Number); h != nil || err != nil {
			return h, err
		}
	}
	return nil, nil
}

// letter names a column as spreadsheets do: A, B, … AA.
func letter(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}
