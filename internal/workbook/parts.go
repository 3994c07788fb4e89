package workbook

import (
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// Sheet is a sheet of cells.
type Sheet struct {
	Name   string
	Hidden bool
	part   string // lower case
}

// Sheets lists the sheets of cells in the order of the workbook. Charts and macro
// sheets have no cells and are left out.
func (b *Book) Sheets() ([]Sheet, error) {
	var top struct {
		Relations []relation `xml:"Relationship"`
	}
	main := "xl/workbook.xml"
	if err := b.decode("_rels/.rels", &top); err == nil {
		for _, r := range top.Relations {
			if strings.HasSuffix(r.Type, "/officeDocument") {
				main = strings.TrimPrefix(r.Target, "/")
			}
		}
	}
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(main, &book); err != nil {
		return nil, err
	}
	var own struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := b.decode(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &own); err != nil {
		return nil, err
	}
	var sheets []Sheet
	for _, s := range book.Sheets {
		id := ""
		for _, a := range s.Attrs {
			if a.Name.Local == "id" {
				id = a.Value
			}
		}
		for _, r := range own.Relations {
			if r.ID != id || !strings.HasSuffix(r.Type, "/worksheet") {
				continue
			}
			part := path.Join(path.Dir(main), r.Target)
			if strings.HasPrefix(r.Target, "/") {
				part = strings.TrimPrefix(r.Target, "/")
			}
			sheets = append(sheets, Sheet{Name: s.Name, Hidden: s.State == "hidden" || s.State == "veryHidden", part: strings.ToLower(part)})
		}
	}
	if len(sheets) == 0 {
		return nil, phrase.Errorf("%w: it has no sheet with cells", ErrDamaged)
	}
	return sheets, nil
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// decode reads a small part.
func (b *Book) decode(name string, to any) error {
	const longest = 8 << 20
	f := b.parts[strings.ToLower(name)]
	if f == nil {
		return phrase.Errorf("%w: the part %s is missing", ErrDamaged, path.Base(name))
	}
	r, err := f.Open()
	if err != nil {
		return phrase.Errorf("%w: %w", ErrDamaged, err)
	}
	err = xml.NewDecoder(io.LimitReader(r, longest)).Decode(to)
	if err := errors.Join(err, r.Close()); err != nil {
		return phrase.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
