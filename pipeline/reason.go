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
	// Undecodable: its header declares a compression, an encoding of text or an envelope
	// that is not known, or that the payload does not have. Only of version 2 of [Spec].
	Undecodable Reason = "undecodable"
	// ServerMessage: the server itself wrote it, such as a delete marker; no citizen
	// sent it. Only of version 2 of [Spec]; version 1 rejects such messages under the
	// reason that their payload gives.
	ServerMessage Reason = "server_message"
)

// Reasons lists them all.
func Reasons() []Reason {
	return []Reason{NotJSON, NotObject, NoText, Blank, TooLarge, Undecodable, ServerMessage}
}
