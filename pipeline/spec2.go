package pipeline

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// The days and the source under which a spec with bounds counts what lies outside.
const (
	DayBefore   = "before"
	DayAfter    = "after"
	OtherSource = "other"
)

// NewSpec2 describes the tally of a generation of a stream by a classifier, as version
// 2, read by the rules of this release. The error names every field that is wrong.
func NewSpec2(info StreamInfo, generation string, c Classifier, f Format, cells CellBounds) (Spec, error) {
	spec, err := NewSpec(info, c, f)
	if err != nil {
		return Spec{}, err
	}
	reading := CurrentReading()
	spec.Version, spec.Generation, spec.Cells, spec.Reading = SpecVersion2, generation, &cells, &reading
	spec.Created = time.Time{}
	return spec.Validate()
}

// IsZero reports whether there are no bounds.
func (b CellBounds) IsZero() bool { return b.Days == nil && len(b.Sources) == 0 }

// Validate returns the bounds in their canonical form, or what is wrong with them.
func (b CellBounds) Validate() (CellBounds, error) {
	out, err := b.canonical()
	if err != nil {
		return CellBounds{}, err
	}
	return *out, nil
}

// bounds applies [CellBounds] to messages.
type bounds struct {
	days    *Days
	sources map[string]bool // nil: all
}

func newBounds(b *CellBounds) bounds {
	if b == nil {
		return bounds{}
	}
	out := bounds{days: b.Days}
	for _, s := range b.Sources {
		if out.sources == nil {
			out.sources = make(map[string]bool, len(b.Sources))
		}
		out.sources[s] = true
	}
	return out
}

// apply changes the day and the source of a suggestion that lie outside.
func (b *bounds) apply(s *Suggestion) {
	switch {
	case b.days == nil:
	case s.Day < b.days.From:
		s.Day = DayBefore
	case s.Day > b.days.To:
		s.Day = DayAfter
	}
	if b.sources != nil && !b.sources[s.Source] {
		s.Source = OtherSource
	}
}

// counts reports whether a spec counts a kind of cells that version 1 does not have.
func (s Spec) counts(k Kind) bool { return slices.Contains(s.Counted, k) }

// countable returns an error if this release cannot count a tally of the spec: its
// messages are to be read, or to be counted, by rules that it does not have. Counting it
// by others would give other counts under the same id.
func (s Spec) countable() error {
	if s.Version == SpecVersion1 {
		return nil
	}
	if s.Reading == nil || !s.Reading.known() {
		return phrase.Errorf("%w: its messages are read by rules that this release does not have: %+v", ErrSpecVersion, s.Reading)
	}
	for _, k := range s.Counted {
		if k != KindUndated && k != KindClose {
			return phrase.Errorf("%w: this release does not count cells of kind %s", ErrSpecVersion, k)
		}
	}
	return nil
}

// known reports whether this release has the rules: those of [CurrentReading], with
// either rule for times.
func (r Reading) known() bool {
	if r.Times == TimesRFC3339 {
		r.Times = TimesCommon
	}
	return reflect.DeepEqual(r, CurrentReading())
}

// decodingRules is equal in two specs if they decode messages alike.
func (s Spec) decodingRules() string {
	b, err := json.Marshal(struct {
		Version int
		Format  Format
		Reading *Reading
	}{s.Version, s.Format, s.Reading})
	if err != nil {
		panic("a spec has only fields that encode: " + err.Error())
	}
	return string(b)
}

// NewSpecDecoder returns a decoder that reads messages as a spec says. The error wraps
// [ErrSpecVersion] if this release cannot, or is that of [Format.Validate].
func NewSpecDecoder(s Spec) (*Decoder, error) {
	if err := s.countable(); err != nil {
		return nil, err
	}
	d, err := NewDecoder(s.Format)
	if err == nil {
		d.rules = s.decodingRules()
		d.serverMessages = s.Version >= SpecVersion2 && s.Reading.ServerMessages == string(ServerMessage)
		if s.Version >= SpecVersion2 {
			d.opener = &opener{most: s.Format.MaxBytes}
			d.commonTimes = s.Reading.Times == TimesCommon
		}
	}
	return d, err
}
