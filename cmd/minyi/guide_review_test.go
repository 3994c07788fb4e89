package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// review does what an analyst does with the workbook of minyi dict review: it fills in the
// column of sub-themes. What stands behind <!-- labels: FILE.xlsx from LABELLED --> is the
// file in which each message has its labels already, by id.
func (g *guide) review(what string) {
	book, labelled, ok := strings.Cut(what, " from ")
	if !ok {
		g.t.Fatalf("labels: %s: write FILE.xlsx from LABELLED", what)
	}
	data, err := os.ReadFile(filepath.Join(g.dir, labelled))
	if err != nil {
		g.t.Fatal(err)
	}
	labels := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		var m struct {
			ID       string
			Expected []string
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			g.t.Fatal(err)
		}
		labels[m.ID] = m.Expected
	}
	if err := fillReview(filepath.Join(g.dir, book), labels); err != nil {
		g.t.Fatalf("%s: %v", book, err)
	}
}

// fillReview writes the labels of each row into a workbook of minyi dict review.
func fillReview(path string, labels map[string][]string) error {
	book, err := excelize.OpenFile(path)
	if err != nil {
		return err
	}
	defer func() { _ = book.Close() }()
	sheet := book.GetSheetName(0)
	rows, err := book.GetRows(sheet)
	if err != nil {
		return err
	}
	column := func(names ...string) int {
		return slices.IndexFunc(rows[0], func(h string) bool { return slices.Contains(names, h) })
	}
	id, themes := column("id", "编号"), column("themes", "子主题")
	for i, row := range rows[1:] {
		said, ok := labels[row[id]]
		if !ok {
			return &os.PathError{Op: "label", Path: row[id], Err: os.ErrNotExist}
		}
		if len(said) == 0 {
			said = []string{"none"}
		}
		cell, err := excelize.CoordinatesToCellName(themes+1, i+2)
		if err != nil {
			return err
		}
		if err := book.SetCellStr(sheet, cell, strings.Join(said, "\n")); err != nil {
			return err
		}
	}
	return book.Save()
}
