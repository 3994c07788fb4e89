package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/minyi/minyi/classifier"
)

// Format says how a message is read. The zero value is the default of every field.
type Format struct {
	// Names of the fields of the JSON object.
	TextField   string `json:"text_field"`   // default "text"
	TitleField  string `json:"title_field"`  // default "title"
	SourceField string `json:"source_field"` // default "source"
	TimeField   string `json:"time_field"`   // default "submitted_at"

	// SkipTokens is how many leading tokens of the subject do not belong to
	// the source: 1 (the default) makes suggestions.xinhua the source xinhua.
	SkipTokens int `json:"skip_tokens"`
	// Zone is the IANA time zone of days; default Asia/Shanghai.
	Zone string `json:"zone"`
	// MaxBytes is the size from which a payload is rejected; default 128 KiB.
	MaxBytes int `json:"max_bytes"`
}

// Validate fills in defaults and returns the format, or an error that names
// every field that is wrong.
func (f Format) Validate() (Format, error) {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&f.TextField, "text")
	def(&f.TitleField, "title")
	def(&f.SourceField, "source")
	def(&f.TimeField, "submitted_at")
	def(&f.Zone, "Asia/Shanghai")
	if f.SkipTokens == 0 {
		f.SkipTokens = 1
	}
	if f.MaxBytes == 0 {
		f.MaxBytes = 128 << 10
	}
	var errs []error
	if _, err := time.LoadLocation(f.Zone); err != nil {
		errs = append(errs, fmt.Errorf("zone: %w", err))
	}
	if f.SkipTokens < 0 {
		errs = append(errs, fmt.Errorf("skip tokens: %d is negative", f.SkipTokens))
	}
	if f.MaxBytes < 0 {
		errs = append(errs, fmt.Errorf("max bytes: %d is negative", f.MaxBytes))
	}
	return f, errors.Join(errs...)
}

// Spec is everything that a tally depends on: the same spec gives the same
// counts, to the byte.
type Spec struct {
	Version   int       `json:"version"` // of the meaning of this package: 1
	Stream    string    `json:"stream"`
	Created   time.Time `json:"created"` // of the stream, so that one made anew is another
	Base      uint64    `json:"base"`    // first sequence ever of the stream
	Dict      string    `json:"dict"`    // version of the dictionary
	Semantics string    `json:"semantics"`
	Format    Format    `json:"format"`
}

// NewSpec describes the tally of a stream by a classifier. The error names what
// is wrong with the format.
func NewSpec(info StreamInfo, c Classifier, f Format) (Spec, error) {
	f, err := f.Validate()
	if err != nil {
		return Spec{}, fmt.Errorf("format of messages: %w", err)
	}
	return Spec{
		Version: 1, Stream: info.Name, Created: info.Created.UTC(), Base: max(info.Base, 1),
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

// TallyInfo is what is stored of a tally beside its counts, under its key "spec".
type TallyInfo struct {
	Spec   Spec      `json:"spec"`
	Themes ThemeTree `json:"outline"`
}
