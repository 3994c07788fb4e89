package dict

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// Marshal returns a theme as a file that Parse reads as the same theme, with the
// same names, examples and order. The file looks as if an analyst had written it,
// and [Format] does not change it:
//
//	theme: livelihood
//	name: {zh: 民生, en: People's livelihood}
//	subthemes:
//	  - id: education
//	    keywords:
//	      - 双减
//	      - '007'
//	      - {word: 学校, weight: 0.6, unless: [驾校学校]}
//
// Default values are left out, and so is a name that is the id. The theme must be
// that of a valid dictionary. The only error is a text that is not UTF-8, which no
// file can contain.
func Marshal(t *Theme) ([]byte, error) {
	root := &piece{kind: longMapping}
	root.add("theme", text(t.ID))
	root.addName(t.Name, t.ID)
	if t.RelativeThreshold != 0 {
		root.add("relative_threshold", number(t.RelativeThreshold))
	}
	if t.ThresholdLength != 0 {
		root.add("threshold_length", raw(strconv.Itoa(t.ThresholdLength)))
	}
	if t.TitleWeight > 1 {
		root.add("title_weight", raw(strconv.Itoa(t.TitleWeight)))
	}
	subs := &piece{kind: longList}
	for i := range t.SubThemes {
		s := &t.SubThemes[i]
		for _, e := range s.Examples {
			if !utf8.ValidString(e.Text) {
				return nil, phrase.Errorf("write theme %s: an example of %s is not UTF-8", t.ID, s.ID)
			}
		}
		subs.items = append(subs.items, subThemePiece(t, s))
	}
	root.add("subthemes", subs)
	return layout(root), nil
}

func text(s string) *piece { return &piece{kind: textPiece, text: s} }

func raw(s string) *piece { return &piece{kind: rawPiece, text: s} }

func number(x float64) *piece { return raw(strconv.FormatFloat(x, 'f', -1, 64)) }

func texts(words []string) *piece {
	list := &piece{kind: listPiece}
	for _, w := range words {
		list.items = append(list.items, text(w))
	}
	return list
}

// add appends value to a mapping.
func (n *piece) add(key string, value *piece) {
	value.key = key
	n.items = append(n.items, value)
}

// addName adds the parts of a name that Parse would not set from the id.
func (n *piece) addName(name Name, id string) {
	value := &piece{kind: mapPiece}
	if name.Zh != id && name.Zh != "" {
		value.add("zh", text(name.Zh))
	}
	if name.En != id && name.En != "" {
		value.add("en", text(name.En))
	}
	if len(value.items) > 0 {
		n.add("name", value)
	}
}

func subThemePiece(t *Theme, s *SubTheme) *piece {
	id := strings.TrimPrefix(s.ID, t.ID+"/")
	n := &piece{kind: longMapping}
	n.add("id", text(id))
	n.addName(s.Name, id)
	if s.Aspect != "" {
		n.add("aspect", text(s.Aspect))
	}
	if s.Threshold != 1 {
		n.add("threshold", number(s.Threshold))
	}
	keywords := &piece{kind: longList}
	for i := range s.Keywords {
		keywords.items = append(keywords.items, keywordPiece(&s.Keywords[i]))
	}
	n.add("keywords", keywords)
	if len(s.Examples) > 0 {
		examples := &piece{kind: longList}
		for _, e := range s.Examples {
			examples.items = append(examples.items, examplePiece(e))
		}
		n.add("examples", examples)
	}
	return n
}

func keywordPiece(k *Keyword) *piece {
	n := &piece{kind: mapPiece}
	if len(k.All) > 0 {
		n.add("all", texts(k.All))
		n.add("within", raw(strconv.Itoa(k.Within)))
	} else {
		n.add("word", text(k.Word))
	}
	if k.Weight != 1 {
		n.add("weight", number(k.Weight))
	}
	if k.Whole {
		n.add("match", text("whole"))
	}
	if k.Token {
		n.add("token", raw("true"))
	}
	if len(k.Unless) > 0 {
		n.add("unless", texts(k.Unless))
	}
	if len(n.items) == 1 {
		return text(k.Word)
	}
	return n
}

func examplePiece(e Example) *piece {
	n := &piece{kind: mapPiece}
	n.add("text", text(e.Text))
	if e.Expect != nil {
		n.add("expect", texts(e.Expect))
	}
	if len(e.Forbid) > 0 {
		n.add("forbid", texts(e.Forbid))
	}
	return n
}

// Write writes the dictionary to a folder, one theme a file, and returns the paths
// of the files. It makes the folder if there is none. It keeps the names that the
// files had if they still sort in the order of the themes; otherwise it calls them
// 1-livelihood.yaml, 2-party.yaml and so on.
//
// If the folder already has theme files, the error wraps fs.ErrExist, and nothing is
// written, because the existing files would become part of the dictionary. After any
// other error some of the files may exist, each of them complete.
func (d *Dictionary) Write(dir string) (paths []string, err error) {
	return d.WriteBy(dir, Marshal)
}

// WriteRevised is Write for a dictionary that was made by changing another one: a theme
// whose file read can still read is written as Revise does, with note, and so keeps the
// comments of the file. Others, and those that Revise cannot make, are written as Write
// does. read returns the contents of a file by its name in Theme.File, like os.ReadFile.
func (d *Dictionary) WriteRevised(dir, note string, read func(file string) ([]byte, error)) (paths []string, err error) {
	return d.WriteBy(dir, func(t *Theme) ([]byte, error) {
		if src, err := read(t.File); err == nil {
			if out, err := Revise(src, t, note); err == nil {
				return out, nil
			}
		}
		return Marshal(t)
	})
}

// WriteBy is Write with the function that returns the contents of a theme's file.
func (d *Dictionary) WriteBy(dir string, marshal func(*Theme) ([]byte, error)) (paths []string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, phrase.Errorf("write dictionary: %w", err)
	}
	old, err := themeFiles(os.DirFS(dir))
	if err != nil {
		return nil, phrase.Errorf("write dictionary: %w", err)
	}
	if len(old) > 0 {
		return nil, phrase.Errorf("write dictionary: %s has theme files already (%s): %w", dir, old[0], fs.ErrExist)
	}
	names := d.fileNames()
	for i := range d.Themes {
		data, err := marshal(&d.Themes[i])
		if err != nil {
			return paths, err
		}
		path := filepath.Join(dir, names[i])
		if err := writeFile(path, data); err != nil {
			return paths, phrase.Errorf("write dictionary: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// writeFile writes a file under another name first and renames it, so that nobody
// reads an incomplete file.
func writeFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".minyi-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// fileNames returns names for the files of the themes. Parse reads files in the
// order of their names, so the names must sort in the order of the themes.
func (d *Dictionary) fileNames() []string {
	names := make([]string, len(d.Themes))
	keep := true
	for i, t := range d.Themes {
		names[i] = filepath.Base(filepath.FromSlash(t.File))
		ext := strings.ToLower(filepath.Ext(names[i]))
		keep = keep && (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(names[i], ".") &&
			(i == 0 || names[i-1] < names[i])
	}
	if keep {
		return names
	}
	digits := len(strconv.Itoa(len(d.Themes)))
	for i, t := range d.Themes {
		names[i] = fmt.Sprintf("%0*d-%s.yaml", digits, i+1, t.ID)
	}
	return names
}
