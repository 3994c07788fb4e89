package pipeline

import "time"

// Message is one message of the stream as the broker hands it over.
type Message struct {
	Seq         uint64
	Subject     string
	ContentType string // of its header, spelled so; "" for none. Version 1 reads no other
	Declared    Declared
	Data        []byte
	Stored      time.Time // when the broker stored it
	// ByServer: the server wrote it itself, such as a marker of what it has removed.
	ByServer bool

	// Of [SharedReads]: what another tally made of this message, and where to keep what
	// this one makes of it. Nil where nothing is shared.
	decoded *keptDecode
	keeper  *sharedRange
}

// Declared is what the header of a message says of its payload, whatever the case of
// its names. Version 1 of [Spec] does not look at it.
type Declared struct {
	Type     string // Content-Type
	Encoding string // Content-Encoding
	// CloudEvents in binary mode: the version of the specification, which shows that it
	// is one, and attributes.
	EventVersion string // ce-specversion
	EventType    string // ce-datacontenttype
	EventTime    string // ce-time
}

// Suggestion is what a message says.
type Suggestion struct {
	// Text is what is classified: title, a line feed and the text, or the text
	// alone. It may point into the message, and is valid until the next Decode.
	Text   []byte
	Source string
	Day    string // "2006-01-02", in the format's zone

	InvalidUTF8 bool // some bytes were no UTF-8; each became U+FFFD
	AbsurdTime  bool // the time given made no sense; Day is the broker's
	NoTime      bool // no time is given; Day is the broker's
}

// Mark identifies a message of the stream by when the broker stored it. So it shows
// when the broker has used a sequence a second time.
type Mark struct {
	Seq    uint64    `json:"seq"`
	Stored time.Time `json:"stored"`
}
