package broker

import (
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// Names are the names of everything minyi has on a broker.
type Names struct {
	Suggestions        string // stream
	SuggestionsSubject string // "suggestions", followed by a dot and the source
	Tasks              string // stream
	TasksSubject       string // followed by a dot and the tally
	Deltas             string // stream
	DeltasSubject      string // followed by a dot and the tally
	Bucket             string // of counts
	BucketStream       string // that holds the bucket
	Positions          string // bucket: how far files were sent
	Labels             string // bucket: what people said about messages
	Dicts              string // bucket: dictionaries by their version
	Tallies            string // bucket: what is wanted of each tally, and who counts it
	Keys               string // bucket: by what workers know each other's deltas
	KeysStream         string // that holds it
	CountsSubject      string // of snapshots, followed by a dot and the tally
	Published          string // stream: the snapshots that are kept
	PublishedSubject   string // followed by a dot and the tally
	History            string // stream: what people did, such as erasures
	HistorySubject     string // followed by a dot and what
	Service            string // subject prefix of the service's endpoints
	// SkipTokens is how many tokens of a suggestion's subject come before the source.
	SkipTokens int
}

// NewNames returns the names for a prefix, which is empty or made of
// [A-Za-z0-9_-] and dots: with the prefix poll the streams are POLL_SUGGESTIONS
// and so on, the subjects poll.suggestions.<source> and so on. A stream of
// suggestions with another name is given as stream; its subjects are its own.
func NewNames(prefix, stream string) (Names, error) {
	for _, r := range prefix {
		switch {
		case r == '_', r == '-', r == '.', '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		default:
			return Names{}, phrase.Errorf("prefix %q: only letters, digits, dot, _ and - are allowed", prefix)
		}
	}
	dotted, upper := "", ""
	if prefix != "" {
		dotted = prefix + "."
		if strings.Contains("."+dotted, "..") {
			return Names{}, phrase.Errorf("prefix %q: has an empty token", prefix)
		}
		upper = strings.ToUpper(strings.ReplaceAll(prefix, ".", "_")) + "_"
	}
	n := Names{
		Suggestions: upper + "SUGGESTIONS", SuggestionsSubject: dotted + "suggestions",
		Tasks: upper + "MINYI_TASKS", TasksSubject: dotted + "minyi.tasks",
		Deltas: upper + "MINYI_DELTAS", DeltasSubject: dotted + "minyi.deltas",
		Bucket: upper + "COUNTS", BucketStream: "KV_" + upper + "COUNTS", Positions: upper + "MINYI_POSITIONS", Labels: upper + "MINYI_LABELS",
		Dicts: upper + "MINYI_DICTS", Tallies: upper + "MINYI_TALLIES",
		Keys: upper + "MINYI_KEYS", KeysStream: "KV_" + upper + "MINYI_KEYS",
		Published: upper + "MINYI_PUBLISHED", PublishedSubject: dotted + "minyi.published",
		History: upper + "MINYI_HISTORY", HistorySubject: dotted + "minyi.history",
		CountsSubject: dotted + "minyi.counts", Service: dotted + "minyi",
		SkipTokens: strings.Count(dotted, ".") + 1,
	}
	if stream != "" {
		n.Suggestions = stream
	}
	return n, nil
}

// kvSubject is the subject of a key of the bucket.
func (n Names) kvSubject(key string) string { return bucketSubject(n.Bucket, key) }

// bucketSubject is the subject of a key of any bucket, and bucketStream the stream that
// holds it.
func bucketSubject(bucket, key string) string { return "$KV." + bucket + "." + key }

func bucketStream(bucket string) string { return "KV_" + bucket }
