package pipeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
)

// Versions of [Spec]. A version says which fields a spec has and what the
// engine does with them. Nothing converts a tally from one version to the next:
// a tally of version 1 is counted on as it is until a tally of version 2
// replaces it as the current one.
const (
	// SpecVersion1 is what [NewSpec] makes: the stream is known by its creation
	// time, cells have no bounds, payloads are UTF-8.
	SpecVersion1 = 1
	// SpecVersion2 is what [NewSpec2] makes: the stream is known by the marks of a
	// generation, and cells may have bounds. Its fields and their defaults are fixed
	// here, so that features that arrive later do not change the id of a tally that
	// does not use them.
	SpecVersion2 = 2
)

// ErrSpecVersion means that a stored spec was written by another release of
// minyi: its version is unknown here, or its fields do not belong to its version.
// Nothing was read with it and nothing was changed.
var ErrSpecVersion = phrase.New("spec of another version")

// Spec is everything that a tally depends on: the same spec and the same stream
// give the same counts, to the byte.
//
// Version 1 has Created and none of the fields after Format. Version 2 has
// Generation in place of Created, and all of the fields after Format.
type Spec struct {
	Version int    `json:"version"`
	Stream  string `json:"stream"`
	// Created is when the stream was created. Version 1 tells by it whether the
	// stream was deleted and made anew. A restored stream gets another creation
	// time although its messages are the same, which is why version 2 has none.
	Created time.Time `json:"created,omitzero"`
	// Generation is an id of the stream's content, [GenerationLen] hex digits. It is
	// minted once, and kept as long as the messages that were counted are still
	// the ones that the stream holds.
	Generation string `json:"generation,omitempty"`
	Base       uint64 `json:"base"` // first sequence ever of the stream
	Dict       string `json:"dict"` // version of the dictionary
	Semantics  string `json:"semantics"`
	Format     Format `json:"format"`

	Cells   *CellBounds `json:"cells,omitempty"`
	Reading *Reading    `json:"reading,omitempty"`
	Counted []Kind      `json:"counted,omitempty"` // kinds of cells beside those of version 1, ascending
}

// GenerationLen is the number of hex digits of a generation.
const GenerationLen = 16

// CellBounds limits how many different cells a tally can have. The zero value
// sets no limit. A limit by order of arrival would make the counts depend on who
// counts, so a limit belongs to the spec.
type CellBounds struct {
	// Days are the days that have cells of their own. Messages of earlier days
	// are counted on the day "before", those of later ones on "after".
	Days *Days `json:"days,omitempty"`
	// Sources are the sources that have cells of their own, ascending and without
	// repetition. Messages of all others are counted under the source "other".
	// Empty: every source has its own.
	Sources []string `json:"sources,omitempty"`
}

// Days is a range of calendar days, both ends included, written 2006-01-02.
type Days struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Reading says how the bytes of a message become a suggestion, beyond the names
// and limits of [Format]. Each field names the rule that is applied, so that a changed
// rule is another tally. [CurrentReading] is what this release applies;
// [DefaultReading] is what a spec means that does not say, once it is applied.
type Reading struct {
	Encodings      []string `json:"encodings"`       // text encodings that a message may declare, or show by a byte order mark
	Compression    []string `json:"compression"`     // content encodings that are undone
	Times          string   `json:"times"`           // rule for reading times: [TimesRFC3339] or [TimesCommon]
	Envelopes      []string `json:"envelopes"`       // wrappings that are taken off
	ServerMessages string   `json:"server_messages"` // what messages count as that the server itself wrote
}

// Rules for reading times.
const (
	// TimesRFC3339 reads RFC 3339 and nothing else. It is the rule of version 1.
	TimesRFC3339 = "rfc3339"
	// TimesCommon also reads what office programs write: dates without a time
	// or a zone, slashes, Chinese dates, seconds and milliseconds since 1970.
	TimesCommon = "common"
)

// CurrentReading returns the rules that this release applies. A worker counts no tally
// of other rules.
func CurrentReading() Reading {
	return Reading{
		Encodings: []string{"utf-8", "gb18030", "utf-16"}, Compression: []string{"gzip"}, Times: TimesCommon,
		Envelopes: []string{"cloudevents"}, ServerMessages: string(ServerMessage),
	}
}

// DefaultReading returns the rules of version 2.
func DefaultReading() Reading {
	return Reading{
		Encodings:      []string{"utf-8", "gb18030", "utf-16"},
		Compression:    []string{"gzip"},
		Times:          TimesCommon,
		Envelopes:      []string{"cloudevents"},
		ServerMessages: string(ServerMessage),
	}
}

// Kinds of cells that only version 2 has.
const (
	// KindUndated counts suggestions without a time that could be read; they are
	// counted on the day on which the broker stored them. The id is [All].
	KindUndated Kind = "undated"
	// KindClose counts, for each sub-theme, the messages of which it is the primary
	// and another sub-theme has half of its score or more. The id is the sub-theme's.
	KindClose Kind = "close"
)

// NewSpec describes the tally of a stream by a classifier, as version 1. The
// error names every field of the format that is wrong.
func NewSpec(info StreamInfo, c Classifier, f Format) (Spec, error) {
	f, err := f.Validate()
	if err != nil {
		return Spec{}, phrase.Errorf("format of messages: %w", err)
	}
	return Spec{
		Version: SpecVersion1, Stream: info.Name, Created: info.Created.UTC(), Base: max(info.Base, 1),
		Dict: c.Dictionary().Version(), Semantics: classifier.Semantics, Format: f,
	}, nil
}

// Tally returns the id of the tally: 12 hex digits of the SHA-256 of the spec's
// JSON.
func (s Spec) Tally() string {
	b, err := json.Marshal(s)
	if err != nil {
		panic("a spec has only fields that encode: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// Validate fills in the defaults of the spec's version and returns the spec in
// its canonical form: two specs that mean the same get the same id. The error
// wraps [ErrSpecVersion] if the version is unknown or has fields that do not
// belong to it; else it names every field that is wrong.
func (s Spec) Validate() (Spec, error) {
	switch s.Version {
	case SpecVersion1:
		if s.Generation != "" || s.Cells != nil || s.Reading != nil || s.Counted != nil {
			return Spec{}, phrase.Errorf("%w: a spec of version 1 has fields of a later one", ErrSpecVersion)
		}
		if s.Created.IsZero() {
			return Spec{}, phrase.New("created: a spec of version 1 needs the time at which its stream was created")
		}
		return s, nil
	case SpecVersion2:
		return s.validate2()
	}
	return Spec{}, phrase.Errorf("%w: version %d, and this minyi knows %d and %d: use the release that wrote it, or a newer one",
		ErrSpecVersion, s.Version, SpecVersion1, SpecVersion2)
}

var generationPattern = regexp.MustCompile(fmt.Sprintf("^[0-9a-f]{%d}$", GenerationLen))

// validate2 is Validate for version 2.
func (s Spec) validate2() (Spec, error) {
	if !s.Created.IsZero() {
		return Spec{}, phrase.Errorf("%w: a spec of version 2 has no creation time", ErrSpecVersion)
	}
	var errs []error
	if !generationPattern.MatchString(s.Generation) {
		errs = append(errs, phrase.Errorf("generation: %q is not %d hex digits", s.Generation, GenerationLen))
	}
	format, err := s.Format.Validate()
	if err != nil {
		errs = append(errs, phrase.Errorf("format of messages: %w", err))
	}
	s.Format = format
	s.Base = max(s.Base, 1)
	cells, err := s.Cells.canonical()
	if err != nil {
		errs = append(errs, err)
	}
	s.Cells = cells
	if s.Reading == nil {
		r := DefaultReading()
		s.Reading = &r
	}
	if s.Counted == nil {
		s.Counted = []Kind{KindClose, KindUndated}
	}
	s.Counted = slices.Compact(slices.Sorted(slices.Values(s.Counted)))
	return s, errors.Join(errs...)
}

// canonical returns the bounds with sources in order, never nil.
func (b *CellBounds) canonical() (*CellBounds, error) {
	if b == nil {
		return &CellBounds{}, nil
	}
	out := CellBounds{Days: b.Days, Sources: slices.Compact(slices.Sorted(slices.Values(b.Sources)))}
	if d := b.Days; d != nil {
		_, errFrom := time.Parse(time.DateOnly, d.From)
		_, errTo := time.Parse(time.DateOnly, d.To)
		if err := cmp.Or(errFrom, errTo); err != nil || d.To < d.From {
			return nil, phrase.Errorf("cell days: %s..%s is no range of days such as 2022-04-15..2022-05-16", d.From, d.To)
		}
	}
	return &out, nil
}

// IsOf tells whether the stream with this info can be the one that the tally
// counts. In version 1 it is the one with the same creation time; in version 2
// the creation time says nothing, and the generation's marks decide.
func (s Spec) IsOf(info StreamInfo) bool {
	return s.Stream == info.Name && (s.Version != SpecVersion1 || s.Created.Equal(info.Created))
}

// TallyInfo is what is stored of a tally beside its counts, under its key "spec".
type TallyInfo struct {
	Spec   Spec      `json:"spec"`
	Themes ThemeTree `json:"outline"`
}

// ParseTallyInfo reads what is stored of a tally. The error wraps
// [ErrSpecVersion] if another release of minyi wrote something that this one
// does not understand.
func ParseTallyInfo(b []byte) (TallyInfo, error) {
	var info TallyInfo
	if err := json.Unmarshal(b, &info); err != nil {
		return TallyInfo{}, phrase.Errorf("spec of a tally: %w", err)
	}
	if _, err := info.Spec.Validate(); err != nil {
		return TallyInfo{}, phrase.Errorf("spec of a tally: %w", err)
	}
	return info, nil
}
