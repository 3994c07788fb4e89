package pipeline

// Kind is what a cell counts.
type Kind string

// The kinds of cells. In cells of KindTotal, KindTagged, KindUntagged and
// KindRejected both numbers of a [Count] are equal.
const (
	KindTotal    Kind = "total"    // every message that was read; id [All]
	KindTagged   Kind = "tagged"   // messages with at least one sub-theme; id [All]
	KindUntagged Kind = "untagged" // messages with none; id [All]
	KindRejected Kind = "rejected" // messages that are no suggestions; id: the [Reason]
	KindTheme    Kind = "theme"    // id: of the theme, livelihood
	KindSubTheme Kind = "subtheme" // id: of the sub-theme, livelihood/education
	KindAspect   Kind = "aspect"   // id: of the aspect
)

// All is the id of the only cell of a kind that has no ids.
const All = "all"
