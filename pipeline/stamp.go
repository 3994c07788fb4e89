package pipeline

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// Stamp says where a JSON comes from. Every JSON that leaves minyi has the schema, and
// the rest as far as it is about a tally. Snapshots and tables of counts have it as
// fields of their own; [Stamp.On] gives it to the others.
type Stamp struct {
	Tally    string
	Dict     string
	Frontier *uint64   // nil: not about counts
	AsOf     time.Time // when the newest message that is counted was stored; zero: none is
}

// Stamp returns the stamp of a tally at a checkpoint.
func (c *Checkpoint) Stamp(s Spec) Stamp {
	frontier := max(c.Frontier, max(s.Base, 1)-1)
	return Stamp{Tally: s.Tally(), Dict: s.Dict, Frontier: &frontier, AsOf: c.AsOf()}
}

// AsOf is when the broker stored the newest message that is counted; zero when there
// is none.
func (c *Checkpoint) AsOf() time.Time {
	if c.Mark == nil {
		return time.Time{}
	}
	return c.Mark.Stored.UTC()
}

// On returns a JSON object with the members of the stamp behind its own, of which none
// is replaced. Of an array each object gets them; any other value stays as it is.
func (s Stamp) On(body []byte) ([]byte, error) {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) > 0 && body[0] == '[':
		var list []json.RawMessage
		if err := json.Unmarshal(body, &list); err != nil {
			return nil, err
		}
		out := []byte{'['}
		for i, one := range list {
			if i > 0 {
				out = append(out, ',')
			}
			stamped, err := s.On(one)
			if err != nil {
				return nil, err
			}
			out = append(out, stamped...)
		}
		return append(out, ']'), nil
	case len(body) == 0 || body[0] != '{':
		return body, nil
	}
	var has map[string]json.RawMessage
	if err := json.Unmarshal(body, &has); err != nil {
		return nil, err
	}
	out := slices.Clone(body[:len(body)-1])
	for _, m := range s.members() {
		if _, there := has[m.name]; there {
			continue
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		if len(has) > 0 {
			out = append(out, ',')
		}
		has[m.name] = value
		out = append(append(append(out, '"'), m.name...), `":`...)
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

type member struct {
	name  string
	value any
}

func (s Stamp) members() []member {
	var m []member
	if s.Tally != "" {
		m = append(m, member{"tally", s.Tally})
	}
	if s.Dict != "" {
		m = append(m, member{"dict", s.Dict})
	}
	if s.Frontier != nil {
		m = append(m, member{"frontier", *s.Frontier})
	}
	if !s.AsOf.IsZero() {
		m = append(m, member{"as_of", s.AsOf.UTC()})
	}
	return append(m, member{"schema", SnapshotSchema})
}
