package dashboard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"

	"github.com/minyi/minyi/dict/phrase"
)

// fragment is a part of a page that changes as one. The page is its fragments between a
// head and an end, and an event brings those that have changed, so that both
// are made by the same templates.
type fragment struct {
	Name string // of the template; the id of its element is live-Name
	HTML template.HTML
}

// fragments makes the named fragments of a page.
func (d *Dashboard) fragments(names []string, v any) ([]fragment, error) {
	out := make([]fragment, 0, len(names))
	var b bytes.Buffer
	for _, name := range names {
		b.Reset()
		if err := d.pages.ExecuteTemplate(&b, name, v); err != nil {
			return nil, phrase.Errorf("make fragment %s: %w", name, err)
		}
		out = append(out, fragment{name, template.HTML(bytes.TrimSpace(b.Bytes()))}) //nolint:gosec // made by html/template just now
	}
	return out, nil
}

// version names the content of a page, but for what moves with every second (the last
// fragment, the foot). Two processes that show the same counts agree on it, so
// that a reader may go on with another one.
func version(frontier uint64, fragments []fragment) string {
	h := sha256.New()
	for _, f := range fragments[:len(fragments)-1] {
		_, _ = h.Write([]byte(f.HTML)) // never fails
	}
	return fmt.Sprintf("%d-%s", frontier, hex.EncodeToString(h.Sum(nil)[:6]))
}

// changed returns the fragments that are not the same as before.
func changed(before, after []fragment) []fragment {
	if len(before) != len(after) {
		return after
	}
	var out []fragment
	for i, f := range after {
		if f != before[i] {
			out = append(out, f)
		}
	}
	return out
}

// message is the JSON of an event.
type message struct {
	// Build names the script that the page has to have. A reader that has another
	// one loads the page again.
	Build string            `json:"build"`
	HTML  map[string]string `json:"html"` // by the name of the fragment
}

// encodeEvent returns an event as it goes over the line.
func encodeEvent(id, build string, fragments []fragment) []byte {
	m := message{Build: build, HTML: make(map[string]string, len(fragments))}
	for _, f := range fragments {
		m.HTML[f.Name] = string(f.HTML)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %s\nevent: counts\ndata: ", id)
	e := json.NewEncoder(&b) // ends with a line end
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic("a map of strings encodes: " + err.Error())
	}
	b.WriteByte('\n')
	return b.Bytes()
}
