package report

// Sample is a message that is quoted.
type Sample struct {
	Seq      uint64
	SubTheme string // its strongest
	Source   string
	Day      string
	Text     string // masked, and cut if it was long
}
