package exchange

import (
	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict"
)

// The position of a workbook's cell is written as "words.xlsx 民生!C17". While a
// workbook is read, it is represented as file "words.xlsx 民生!", line 17, column 3,
// because package dict can store and sort that. It is converted at the end.

const sheetMark = "!"

func sheetFile(name, sheet string) string { return name + " " + sheet + sheetMark }

// cellPosition converts the position of a cell to its written form. Positions in CSV
// files are returned unchanged.
func cellPosition(p dict.Position) dict.Position {
	if p.Line == 0 || len(p.File) == 0 || p.File[len(p.File)-1:] != sheetMark {
		return p
	}
	cell, err := excelize.CoordinatesToCellName(max(1, p.Column), p.Line)
	if err != nil {
		return p
	}
	return dict.Position{File: p.File + cell}
}

// shown returns cellPosition as text.
func shown(p dict.Position) string { return cellPosition(p).String() }

// cellErrors converts the positions of faults, including positions in their
// messages.
func cellErrors(errs dict.Errors) dict.Errors {
	for _, e := range errs {
		e.Relocate(cellPosition)
	}
	return errs
}

// cellPositions converts the positions of everything that was read.
func cellPositions(d *dict.Dictionary, name string) {
	for i := range d.Themes {
		d.Themes[i].File = name
		for j := range d.Themes[i].SubThemes {
			s := &d.Themes[i].SubThemes[j]
			s.Pos = cellPosition(s.Pos)
			for k := range s.Keywords {
				s.Keywords[k].Pos = cellPosition(s.Keywords[k].Pos)
			}
			for k := range s.Examples {
				s.Examples[k].Pos = cellPosition(s.Examples[k].Pos)
			}
		}
	}
}
