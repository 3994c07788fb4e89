package pipeline

import "github.com/minyi/minyi/dict/phrase"

// meanings say what the columns of all tables of counts mean, by their names.
var meanings = map[string]phrase.Text{
	// What a row is of.
	string(ByDay):      phrase.Textf("the day on which the messages were written"),
	string(BySource):   phrase.Textf("the platform that the messages come from"),
	string(ByTheme):    phrase.Textf("the id of the theme"),
	string(BySubTheme): phrase.Textf("the id of the sub-theme"),
	string(ByAspect):   phrase.Textf("the id of the aspect"),
	string(ByReason):   phrase.Textf("why the messages were rejected"),
	"id":               phrase.Textf("the id of the theme or sub-theme"),
	"outcome":          phrase.Textf("what became of the messages"),
	"name":             phrase.Textf("the name of the row"),

	// Counts and shares.
	"primary":         phrase.Textf("messages whose strongest sub-theme this is"),
	"any":             phrase.Textf("messages that are about it at all"),
	"messages":        phrase.Textf("number of messages"),
	"share":           phrase.Textf("share of the tagged messages of the same days and sources, from 0 to 1; for reasons and outcomes of the rejected and of all"),
	"primary_before":  phrase.Textf("primary in the other days"),
	"any_before":      phrase.Textf("any in the other days"),
	"share_before":    phrase.Textf("share in the other days"),
	"change_points":   phrase.Textf("change of the share, in percentage points"),
	"share_corrected": phrase.Textf("share without the errors that the dictionary was measured to make"),
	"share_low":       phrase.Textf("lower end of its 95 %% interval"),
	"share_high":      phrase.Textf("upper end of its 95 %% interval"),
	"close_calls":     phrase.Textf("messages whose second sub-theme is nearly as strong"),

	// Two tallies side by side.
	"primary_a": phrase.Textf("primary in tally A"),
	"primary_b": phrase.Textf("primary in tally B"),
	"share_a":   phrase.Textf("share in tally A"),
	"share_b":   phrase.Textf("share in tally B"),
	"tally_a":   phrase.Textf("id of tally A"),
	"tally_b":   phrase.Textf("id of tally B"),
	"dict_a":    phrase.Textf("version of the dictionary of tally A"),
	"dict_b":    phrase.Textf("version of the dictionary of tally B"),

	// Which counts, and who counts them.
	"stream":        phrase.Textf("the stream of the messages"),
	"tally":         phrase.Textf("id of the tally: what is counted, and how"),
	"dict":          phrase.Textf("version of the dictionary"),
	"frontier":      phrase.Textf("all messages up to this sequence of the stream are counted"),
	"as_of":         phrase.Textf("when the counts were as they are here"),
	"current_since": phrase.Textf("since when readers see this tally"),
	"current":       phrase.Textf("whether readers see this tally"),
	"last":          phrase.Textf("the last sequence of the stream"),
	"lag":           phrase.Textf("messages that are not counted yet"),
	"rate":          phrase.Textf("messages counted in a second"),
	"workers":       phrase.Textf("processes that count"),
	"refused":       phrase.Textf("tasks and deltas that were dropped because no worker of the tally wrote them"),
	"event":         phrase.Textf("what happened to the current tally last"),
	"from":          phrase.Textf("the tally that was the current one before"),
	"at":            phrase.Textf("when it happened"),
	"by":            phrase.Textf("who did it"),
	"why":           phrase.Textf("the reason that was given"),
}
