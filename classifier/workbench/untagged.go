package workbench

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"unicode"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
)

// Reason says why a text has no tag.
type Reason string

// The reasons. A text has the first of them that holds.
const (
	// ReasonNoChinese: the text has no Chinese character, and no keyword.
	ReasonNoChinese Reason = "no_chinese"
	// ReasonShort: no keyword, and at most shortText Chinese characters.
	ReasonShort Reason = "short"
	// ReasonNoKeyword: no keyword with a weight above 0 occurs.
	ReasonNoKeyword Reason = "no_keyword"
	// ReasonRefused: keywords occur, but none of them counts. See [Untagged.Refused].
	ReasonRefused Reason = "refused"
	// ReasonAgainst: keywords of negative weight take the score below the threshold.
	ReasonAgainst Reason = "against"
	// ReasonLength: the score reaches the threshold of the dictionary, but not what is
	// asked of so long a text. See dict.Theme.ThresholdLength.
	ReasonLength Reason = "length"
	// ReasonBelow: keywords count, but their weights are too little for any threshold.
	ReasonBelow Reason = "below"
)

// reasons are all reasons, in the order in which reports have them.
var reasons = []Reason{ReasonNoKeyword, ReasonBelow, ReasonLength, ReasonAgainst, ReasonRefused, ReasonShort, ReasonNoChinese}

// shortText is how many Chinese characters a short text has at most: 同意, 谢谢领导.
const shortText = 4

// UntaggedOptions are the options of FindUntagged. The zero value is usable.
type UntaggedOptions struct {
	// Samples is how many texts are shown for each reason; default 3; negative: none.
	Samples int
	// Texts asks for Untagged.Texts. Memory then grows with the distinct untagged texts.
	Texts bool
}

// Untagged says why the untagged messages of a corpus are untagged.
type Untagged struct {
	Stats
	Dict     string           `json:"dict"` // version of the dictionary
	Untagged int              `json:"untagged"`
	Reasons  []UntaggedReason `json:"reasons"` // those that occur; their messages add up to Untagged
	// Near are the sub-themes that the messages with a score are nearest to, those of
	// most messages first.
	Near []NearSubTheme `json:"near"`
	// Words are typical of the untagged messages against the tagged ones, significant at
	// 1 %, without those that are keywords already.
	Words []KeyWord      `json:"words"`
	Texts []UntaggedText `json:"-"` // each distinct text once, by reason
}

// UntaggedReason is a reason with its messages.
type UntaggedReason struct {
	Reason   Reason `json:"reason"`
	Messages int    `json:"messages"`
	// Refused says in how many messages keywords did not count for which cause:
	// "unless", "match: whole", "straddling" or "overlap" (with a keyword that weighs
	// against). A message may have several. For ReasonRefused it is about every keyword
	// that occurs; for ReasonBelow and ReasonLength, about those with which the score
	// would have reached the threshold. The other reasons have none.
	Refused map[string]int   `json:"refused,omitempty"`
	Samples []UntaggedSample `json:"samples,omitempty"`
}

// UntaggedSample is a piece of an untagged message: see Sample.
type UntaggedSample struct {
	Sample
	Nearest
}

// Nearest is the sub-theme of which a text lacks least. ID is empty where no keyword
// counts.
type Nearest struct {
	ID        string           `json:"near,omitempty"`
	Score     classifier.Score `json:"score,omitempty"`
	Threshold classifier.Score `json:"threshold,omitempty"` // for a text of this length
}

// Missing is what the score lacks.
func (n Nearest) Missing() classifier.Score { return n.Threshold - n.Score }

// NearSubTheme is a sub-theme that untagged messages are nearest to.
type NearSubTheme struct {
	ID       string `json:"subtheme"`
	Messages int    `json:"messages"`
	// Missing is the median of what their scores lack.
	Missing  classifier.Score `json:"missing"`
	Keywords []NearKeyword    `json:"keywords"` // that count in them, the most frequent first
}

// NearKeyword is a keyword that was too little.
type NearKeyword struct {
	Keyword  string `json:"keyword"`
	Messages int    `json:"messages"`
}

// UntaggedText is a distinct untagged text.
type UntaggedText struct {
	ID       string // of the first message with this text; may be empty
	Line     int    // of that message, from 1
	Text     string // all of it, masked
	Messages int    // with this text
	Reason   Reason
	Keywords []string // that count, or, with ReasonRefused, that do not
	Nearest
}

// FindUntagged says why messages are untagged. The labels of the corpus are not used.
// Errors are those of reading it (*CorpusError) and of ctx; a corpus without messages
// gives ErrNoMessages.
func FindUntagged(ctx context.Context, c *classifier.Classifier, corpus Corpus, o UntaggedOptions) (*Untagged, error) {
	if o.Samples == 0 {
		o.Samples = 3
	}
	g := &untaggedGathering{
		UntaggedOptions: o, reasons: map[Reason]*UntaggedReason{}, near: map[string]*nearCounts{},
		at: map[string]int{}, words: newWordCounts(2, maxWords),
	}
	untagged, err := newTarget(c.Dictionary(), KeynessOptions{})
	if err != nil {
		return nil, err
	}
	stats, err := mapMessages(ctx, corpus, func() *untaggedWorker {
		return &untaggedWorker{keynessWorker{c: c, segmented: newSegmented(c), target: untagged}}
	}, (*untaggedWorker).message, g.add)
	if err != nil {
		return nil, err
	}
	if stats.Rows == 0 {
		return nil, phrase.Errorf("look for untagged messages in %s: %w", corpus.Name, ErrNoMessages)
	}
	u := g.report(c)
	u.Stats, u.Dict = stats, c.Dictionary().Version()
	return u, nil
}

// untaggedWorker says of one message after the other why it is untagged. Not safe for
// concurrent use.
type untaggedWorker struct{ keynessWorker }

// untaggedMessage is a message with its words; reason is empty for a tagged one.
type untaggedMessage struct {
	words wordsOfMessage
	UntaggedText
	first   int // byte offset of the first keyword
	refused []string
}

func (w *untaggedWorker) message(m *Message) (*untaggedMessage, error) {
	words, err := w.keynessWorker.message(m)
	if err != nil || words.side != 0 {
		return &untaggedMessage{words: words}, err
	}
	out := &untaggedMessage{words: words, UntaggedText: UntaggedText{ID: m.ID, Line: m.Line, Text: m.Text, Messages: 1}}
	out.explain(w.c.Explain([]byte(m.Text)))
	return out, nil
}

// explain finds the reason, the nearest sub-theme and the keywords.
func (m *untaggedMessage) explain(e *classifier.Explanation) {
	var best *classifier.ExplainedSubTheme
	var against, length bool
	for i := range e.SubThemes {
		s := &e.SubThemes[i]
		speaks, without := false, classifier.Score(0) // without what weighs against
		for _, k := range s.Keywords {
			if k.Count > 0 && k.Weight > 0 {
				speaks = true
				without += k.Contribution
			}
		}
		if !speaks {
			continue
		}
		against = against || without >= s.Threshold
		length = length || s.LengthFactor > 0 && s.Score.Float64()*s.LengthFactor.Float64() >= s.Threshold.Float64()
		if best == nil || s.Threshold-s.Score < best.Threshold-best.Score {
			best = s
		}
	}
	switch {
	case against:
		m.Reason = ReasonAgainst
	case length:
		m.Reason = ReasonLength
	case best != nil:
		m.Reason = ReasonBelow
	case len(e.SubThemes) > 0:
		m.Reason = ReasonRefused
		m.refuse(e)
		return
	default:
		m.Reason = withoutKeyword(m.Text)
		return
	}
	if m.Reason != ReasonAgainst {
		m.lacked(e)
	}
	m.Nearest = Nearest{best.ID, best.Score, best.Threshold}
	for _, k := range best.Keywords {
		if k.Count > 0 && k.Weight > 0 {
			m.Keywords = append(m.Keywords, k.Keyword)
			m.first = k.Occurrences[0].Start
		}
	}
}

// lacked gathers why keywords do not count that occur in a text with too little: those
// of the sub-themes that would have reached their thresholds with them.
func (m *untaggedMessage) lacked(e *classifier.Explanation) {
	for i := range e.SubThemes {
		s := &e.SubThemes[i]
		score := s.Score
		var causes []string
		for _, k := range s.Keywords {
			if k.Count > 0 || k.Weight <= 0 {
				continue
			}
			// What a keyword that counts covers takes no score away.
			i := slices.IndexFunc(k.Occurrences, func(o classifier.ExplainedOccurrence) bool {
				return o.Refused != "" && o.Refused != "overlap"
			})
			if i < 0 {
				continue
			}
			score += k.Weight
			causes = append(causes, k.Occurrences[i].Refused)
		}
		if score < s.Threshold {
			continue
		}
		for _, cause := range causes {
			if !contains(m.refused, cause) {
				m.refused = append(m.refused, cause)
			}
		}
	}
}

// refuse gathers why keywords that occur do not count.
func (m *untaggedMessage) refuse(e *classifier.Explanation) {
	for _, s := range e.SubThemes {
		for _, k := range s.Keywords {
			for _, o := range k.Occurrences {
				if k.Weight <= 0 || o.Refused == "" {
					continue
				}
				if !contains(m.Keywords, k.Keyword) {
					m.Keywords = append(m.Keywords, k.Keyword)
				}
				if !contains(m.refused, o.Refused) {
					m.refused = append(m.refused, o.Refused)
				}
				m.first = o.Start
			}
		}
	}
}

// withoutKeyword is the reason of a text without keywords.
func withoutKeyword(text string) Reason {
	chinese := 0
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			chinese++
		}
	}
	switch {
	case chinese == 0:
		return ReasonNoChinese
	case chinese <= shortText:
		return ReasonShort
	}
	return ReasonNoKeyword
}

// untaggedGathering adds up messages. One goroutine uses it.
type untaggedGathering struct {
	UntaggedOptions
	untagged int
	reasons  map[Reason]*UntaggedReason
	near     map[string]*nearCounts
	words    *wordCounts
	texts    []UntaggedText
	at       map[string]int // text -> index into texts
}

type nearCounts struct {
	messages int
	missing  map[classifier.Score]int
	keywords map[string]int
}

func (g *untaggedGathering) add(m *untaggedMessage) error {
	g.words.add(&m.words)
	if m.Reason == "" {
		return nil
	}
	g.untagged++
	r := g.reasons[m.Reason]
	if r == nil {
		r = &UntaggedReason{Reason: m.Reason}
		g.reasons[m.Reason] = r
	}
	r.Messages++
	for _, cause := range m.refused {
		if r.Refused == nil {
			r.Refused = map[string]int{}
		}
		r.Refused[cause]++
	}
	g.sample(r, m)
	if m.Nearest.ID != "" {
		g.addNear(m)
	}
	if g.Texts {
		g.keep(m)
	}
	return nil
}

// sample keeps the first texts of a reason, each once.
func (g *untaggedGathering) sample(r *UntaggedReason, m *untaggedMessage) {
	if len(r.Samples) >= g.Samples {
		return
	}
	s := UntaggedSample{Sample{ID: m.ID, Line: m.Line, Text: excerpt(m.Text, m.first), Keywords: m.Keywords}, m.Nearest}
	if !slices.ContainsFunc(r.Samples, func(x UntaggedSample) bool { return x.Text == s.Text }) {
		r.Samples = append(r.Samples, s)
	}
}

func (g *untaggedGathering) addNear(m *untaggedMessage) {
	n := g.near[m.Nearest.ID]
	if n == nil {
		n = &nearCounts{missing: map[classifier.Score]int{}, keywords: map[string]int{}}
		g.near[m.Nearest.ID] = n
	}
	n.messages++
	n.missing[m.Missing()]++
	for _, k := range m.Keywords {
		n.keywords[k]++
	}
}

func (g *untaggedGathering) keep(m *untaggedMessage) {
	if i, ok := g.at[m.Text]; ok {
		g.texts[i].Messages++
		return
	}
	g.at[m.Text] = len(g.texts)
	g.texts = append(g.texts, m.UntaggedText)
}

// Bounds of the words that are typical of untagged messages.
const (
	significant    = 6.63 // G2, at 1 %
	mostTypical    = 40
	fewestMessages = 2 // with a word; from 500 untagged messages on, 5
)

func (g *untaggedGathering) report(c *classifier.Classifier) *Untagged {
	u := &Untagged{Untagged: g.untagged, Reasons: []UntaggedReason{}, Near: []NearSubTheme{}, Texts: g.texts}
	rank := map[Reason]int{}
	for i, reason := range reasons {
		rank[reason] = i
		if r := g.reasons[reason]; r != nil {
			u.Reasons = append(u.Reasons, *r)
		}
	}
	for id, n := range g.near {
		u.Near = append(u.Near, n.report(id))
	}
	slices.SortFunc(u.Near, func(a, b NearSubTheme) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.ID, b.ID))
	})
	least := min(5, max(fewestMessages, g.untagged/100))
	u.Words = g.words.keyWords(knownWords(c.Dictionary()), KeynessOptions{MinMessages: least, Limit: mostTypical})
	u.Words = slices.DeleteFunc(u.Words, func(k KeyWord) bool { return k.G2 < significant })
	slices.SortStableFunc(u.Texts, func(a, b UntaggedText) int {
		return cmp.Or(cmp.Compare(rank[a.Reason], rank[b.Reason]), cmp.Compare(b.Messages, a.Messages))
	})
	for i := range u.Texts {
		u.Texts[i].Text = Mask(u.Texts[i].Text)
	}
	return u
}

func (n *nearCounts) report(id string) NearSubTheme {
	out := NearSubTheme{ID: id, Messages: n.messages}
	half := (n.messages + 1) / 2
	for _, missing := range slices.Sorted(maps.Keys(n.missing)) {
		out.Missing = missing
		if half -= n.missing[missing]; half <= 0 {
			break
		}
	}
	for k, messages := range n.keywords {
		out.Keywords = append(out.Keywords, NearKeyword{k, messages})
	}
	slices.SortFunc(out.Keywords, func(a, b NearKeyword) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Keyword, b.Keyword))
	})
	return out
}
