package pipeline

import (
	"errors"
	"time"

	"github.com/minyi/minyi/dict/phrase"
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
	if f.Zone == "Local" {
		errs = append(errs, phrase.New("zone: Local is another zone on another machine; name one, such as Asia/Shanghai"))
	} else if _, err := time.LoadLocation(f.Zone); err != nil {
		errs = append(errs, phrase.Errorf("zone: %w", err))
	}
	if f.SkipTokens < 0 {
		errs = append(errs, phrase.Errorf("skip tokens: %d is negative", f.SkipTokens))
	}
	if f.MaxBytes < 0 {
		errs = append(errs, phrase.Errorf("max bytes: %d is negative", f.MaxBytes))
	}
	return f, errors.Join(errs...)
}
