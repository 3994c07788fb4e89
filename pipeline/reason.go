package pipeline

// Reason says why a message is no suggestion.
type Reason string

// The reasons.
const (
	NotJSON   Reason = "not_json"   // not JSON, or something after it
	NotObject Reason = "not_object" // JSON, but not an object
	NoText    Reason = "no_text"    // no text field, or not a string
	Blank     Reason = "blank"      // the text has no visible character
	TooLarge  Reason = "too_large"  // the payload is over the size limit
)

// Reasons lists them all.
func Reasons() []Reason { return []Reason{NotJSON, NotObject, NoText, Blank, TooLarge} }
