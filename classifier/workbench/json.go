package workbench

import (
	"encoding/json"
	"io"
)

// JSON writes the evaluation as one object; see its fields.
func (e *Evaluation) JSON(w io.Writer) error { return writeJSON(w, e) }

// JSON writes the coverage as one object; see its fields.
func (c *Coverage) JSON(w io.Writer) error { return writeJSON(w, c) }

// JSON writes the concordance as one object; see its fields.
func (k *KWIC) JSON(w io.Writer) error { return writeJSON(w, k) }

// JSON writes the keyness as one object; see its fields.
func (k *Keyness) JSON(w io.Writer) error { return writeJSON(w, k) }

// JSON writes the reasons as one object; see its fields.
func (u *Untagged) JSON(w io.Writer) error { return writeJSON(w, u) }

// JSON writes the suggestions as one object; see its fields.
func (s *Suggestions) JSON(w io.Writer) error { return writeJSON(w, s) }

// JSON writes the difference as one object; see its fields.
func (d *Difference) JSON(w io.Writer) error { return writeJSON(w, d) }

// JSON writes the report of what was learned as one object; see its fields.
func (r *LearnReport) JSON(w io.Writer) error { return writeJSON(w, r) }

// writeJSON writes v as indented JSON, without escaping <, > and &.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
