package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// changeFile appends to a file what changed in the counts, as lines of JSON, so that
// the sum of all lines of a tally is its counts. A change is a line for each cell that
// counts something else, and a last line that says at which frontier: a change without
// that line was cut off, and is removed when the file is opened again. What is written
// next is the difference to what the file has, so nothing is counted twice and nothing
// is left out, whenever the process was killed.
type changeFile struct {
	file  *os.File
	wrote map[string]*pipeline.Totals // by tally: the sum of its lines
}

// changedCell is the line of a cell: what it counts more than before.
type changedCell struct {
	Tally   string        `json:"tally"`
	Day     string        `json:"day"`
	Source  string        `json:"source"`
	Kind    pipeline.Kind `json:"kind"`
	ID      string        `json:"id"`
	Primary int64         `json:"primary"`
	Any     int64         `json:"any"`
}

// changeEnd is the last line of a change.
type changeEnd struct {
	Tally    string    `json:"tally"`
	Dict     string    `json:"dict"`
	Frontier *uint64   `json:"frontier"` // never nil; it tells this line from a cell's
	AsOf     time.Time `json:"as_of"`
	Cells    int       `json:"cells"` // lines before this one
	Schema   int       `json:"schema"`
}

// openChanges opens a file of changes, makes it if it is not there, and removes the
// beginning of a change that was never ended.
func openChanges(path string) (*changeFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	c := &changeFile{file: f, wrote: make(map[string]*pipeline.Totals)}
	end, err := c.read()
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(phrase.Errorf("file of changes: %w", err), f.Close())
	}
	return c, nil
}

// read sums up what is in the file, and returns where its last change ends.
func (c *changeFile) read() (end int64, err error) {
	sums := make(map[string]*pipeline.TotalsEditor)
	var open []changedCell
	r := bufio.NewReaderSize(c.file, 1<<16)
	at := int64(0)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // what has no end of line was cut off
		}
		if err != nil {
			return 0, err
		}
		at += int64(len(line))
		var last changeEnd
		var cell changedCell
		if err := errors.Join(json.Unmarshal(line, &last), json.Unmarshal(line, &cell)); err != nil || last.Tally == "" {
			return 0, phrase.Errorf("%s is no file of changes: byte %d: %q", c.file.Name(), at-int64(len(line)), bytes.TrimSpace(line[:min(len(line), 40)]))
		}
		if last.Frontier == nil {
			open = append(open, cell)
			continue
		}
		if sums[last.Tally] == nil {
			sums[last.Tally] = (*pipeline.Totals)(nil).Edit()
		}
		for _, x := range open {
			key := pipeline.CellKey{Day: x.Day, Source: x.Source, Kind: x.Kind, ID: x.ID}
			n := sums[last.Tally].Get(key)
			sums[last.Tally].Set(key, pipeline.Count{Primary: n.Primary + uint64(x.Primary), Any: n.Any + uint64(x.Any)})
		}
		open, end = open[:0], at
	}
	for tally, e := range sums {
		c.wrote[tally] = e.Totals()
	}
	return end, nil
}

// add appends what counts have more than the file.
func (c *changeFile) add(counts pipeline.Counts) error {
	w := bufio.NewWriterSize(c.file, 1<<16)
	e := json.NewEncoder(w)
	n := 0
	for x := range counts.Totals.Changes(c.wrote[counts.Tally]) {
		n++
		if err := e.Encode(changedCell{
			Tally: counts.Tally, Day: x.Day, Source: x.Source, Kind: x.Kind, ID: x.ID,
			Primary: int64(x.After.Primary - x.Before.Primary), Any: int64(x.After.Any - x.Before.Any),
		}); err != nil {
			return phrase.Errorf("file of changes: %w", err)
		}
	}
	if n == 0 {
		return nil
	}
	err := e.Encode(changeEnd{Tally: counts.Tally, Dict: counts.Dict, Frontier: &counts.Frontier, AsOf: counts.AsOf.UTC(), Cells: n, Schema: pipeline.SnapshotSchema})
	if err = errors.Join(err, w.Flush(), c.file.Sync()); err != nil {
		return phrase.Errorf("file of changes: %w", err)
	}
	c.wrote[counts.Tally] = counts.Totals
	return nil
}

func (c *changeFile) Close() error { return c.file.Close() }
