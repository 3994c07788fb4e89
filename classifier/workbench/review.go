package workbench

import (
	"cmp"
	"context"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
)

// Doubt is a reason for which a person should look at what a text is tagged with.
type Doubt string

// The doubts.
const (
	// DoubtUntagged: the text has no tag.
	DoubtUntagged Doubt = "untagged"
	// DoubtOneKeyword: there is a keyword without which the text would lose its
	// primary. See [classifier.Classifier.Decisive].
	DoubtOneKeyword Doubt = "one_keyword"
	// DoubtClose: the runner-up has half of the primary's score or more. See
	// [classifier.Doubt].
	DoubtClose Doubt = "close"
)

// ReviewOptions are the options of FindDoubts. The zero value is usable.
type ReviewOptions struct {
	// Limit is the most rows to return; default 200; negative: all that are in doubt, and
	// those that are drawn at random.
	Limit int
	// Seed decides which texts are drawn at random.
	Seed uint64
	// Chances say how likely a tag is right; nil: nobody has measured the dictionary.
	Chances *Chances
	// Labelled are texts that have a label in another place than the corpus. Messages that
	// say the same are left out; nil: there are none.
	Labelled *LabelledTexts
}

// Review is a list of texts to label, those first whose labels tell most.
//
// Texts with the same doubt form a group: the untagged ones that have keywords of the
// same sub-theme, or of none; those that rest on the same keyword; those between the
// same two sub-themes. A label tells something of its whole group, and each further
// label of a group tells less. So rows are dealt to the groups as seats are dealt to
// parties, by the number of their messages (D'Hondt's highest averages): the k-th row of a group of n
// messages comes by n/k, and the first rows, however many are labelled, are shared among the doubts as the
// messages are. Within a group, texts that occur more often come first, then those of
// the smaller margin, then those earlier in the corpus.
//
// Where the dictionary was measured, a message counts in its group as much as it is likely
// to be wrong, so that a group stands for the errors that are expected in it, and within
// a group the likely errors come before smaller margins.
//
// A third of the rows, and at least 50 where there are as many others, is drawn at random from all
// texts that have no label, in doubt or not: on the others alone nobody can see whether a
// change is good for messages that are not in doubt. They are spread among the others, so that whoever
// stops early has labelled a third of them, too.
type Review struct {
	Stats
	Dict       string      `json:"dict"`     // version of the dictionary
	Labelled   int         `json:"labelled"` // messages that have a label in the corpus, which are left out
	Known      int         `json:"known"`    // messages that say what has a label elsewhere, which are left out too
	Untagged   int         `json:"untagged"` // messages, as below; a message may be both of the next two
	OneKeyword int         `json:"one_keyword"`
	Close      int         `json:"close"`
	Sure       int         `json:"sure"`   // messages without any of these doubts
	Texts      int         `json:"texts"`  // distinct texts with a doubt
	Random     int         `json:"random"` // rows that were drawn at random
	Rows       []ReviewRow `json:"-"`
}

// ReviewRow is a text to label.
type ReviewRow struct {
	ID       string // of the first message with this text; may be empty
	Line     int    // of that message, from 1
	Text     string // all of it, masked
	Messages int    // with this text
	Drawn    Drawn
	Doubts   []Doubt  // none: drawn at random
	Tags     []string // full ids, the primary first
	Keywords []string // of the primary; of an untagged text, those that were too little
	Keyword  string   // the one that decided, with DoubtOneKeyword
	// Near is, for an untagged text, the sub-theme with the most of its keywords; empty
	// if it has none.
	Near   string
	Margin classifier.Doubt
	Group  int // messages with the same doubt, these among them
	// Chance is how likely the primary is right, or that an untagged text is about nothing;
	// nil where nobody has measured the dictionary.
	Chance *float64
}

// wrong is how likely what the text is tagged with is wrong; 1 where that is not known.
func (row *ReviewRow) wrong() float64 {
	if row.Chance == nil {
		return 1
	}
	return 1 - *row.Chance
}

// FindDoubts lists the texts of a corpus that a person should label. Memory grows with
// the distinct texts that have a doubt. Errors are those of reading the corpus
// (*CorpusError), of ctx, and of building a second classifier; a corpus without messages
// gives ErrNoMessages.
func FindDoubts(ctx context.Context, c *classifier.Classifier, corpus Corpus, o ReviewOptions) (*Review, error) {
	open, err := openClassifier(c)
	if err != nil {
		return nil, err
	}
	r := &Review{Dict: c.Dictionary().Version(), Rows: []ReviewRow{}}
	if o.Limit == 0 {
		o.Limit = 200
	}
	most := 2000
	if o.Limit > 0 {
		most = randomRows(o.Limit)
	}
	random := newSampler(most)
	at := map[string]int{} // text -> row
	var groups []string    // by row
	sizes, wrong := map[string]int{}, map[string]float64{}
	r.Stats, err = mapMessages(ctx, corpus, func() *doubter {
		return &doubter{c: c, open: open, chances: o.Chances, seed: o.Seed, labelled: o.Labelled}
	}, (*doubter).message, func(d *doubtful) error {
		switch {
		case d.labelled:
			r.Labelled++
			return nil
		case d.known:
			r.Known++
			return nil
		}
		random.add(d.key, d.text, &d.row)
		if !r.count(d) {
			return nil
		}
		sizes[d.group]++
		wrong[d.group] += d.row.wrong()
		if i, ok := at[d.text]; ok {
			r.Rows[i].Messages++
			return nil
		}
		at[d.text] = len(r.Rows)
		r.Rows = append(r.Rows, d.row)
		groups = append(groups, d.group)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if r.Stats.Rows == 0 {
		return nil, phrase.Errorf("review %s: %w", corpus.Name, ErrNoMessages)
	}
	r.Texts = len(r.Rows)
	for i, g := range groups {
		r.Rows[i].Group = sizes[g]
	}
	r.order(groups, wrong)
	r.mix(random, o.Limit)
	for i := range r.Rows {
		r.Rows[i].Text = Mask(r.Rows[i].Text)
	}
	return r, nil
}

// randomRows is how many of so many rows are drawn at random.
func randomRows(rows int) int { return min(max(rows/3, 50), rows/2) }

// mix puts the rows that were drawn at random evenly among those in doubt, which are in
// their order.
func (r *Review) mix(random *sampler, limit int) {
	rows := len(r.Rows)
	if limit > 0 {
		rows = min(limit, r.Stats.Rows-r.Labelled-r.Known)
	}
	random.cut(randomRows(rows))
	picked := make([]ReviewRow, 0, len(r.Rows))
	for _, row := range r.Rows {
		if i, drawn := random.at[row.Text]; drawn {
			random.rows[i].row.Group = row.Group
			continue
		}
		picked = append(picked, row)
	}
	if limit > 0 {
		picked = picked[:min(limit-len(random.rows), len(picked))]
	}
	r.Rows = make([]ReviewRow, len(picked)+len(random.rows))
	for i := range r.Rows {
		if r.Random*len(r.Rows) <= i*len(random.rows) && len(random.rows) > 0 {
			r.Rows[i] = random.rows[r.Random].row
			r.Rows[i].Drawn = DrawnRandom
			r.Random++
			continue
		}
		r.Rows[i] = picked[i-r.Random]
		r.Rows[i].Drawn = DrawnPicked
	}
}

// count counts a message, and reports whether it is one to label.
func (r *Review) count(d *doubtful) bool {
	for _, doubt := range d.row.Doubts {
		switch doubt {
		case DoubtUntagged:
			r.Untagged++
		case DoubtOneKeyword:
			r.OneKeyword++
		case DoubtClose:
			r.Close++
		}
	}
	if len(d.row.Doubts) == 0 {
		r.Sure++
	}
	return len(d.row.Doubts) > 0
}

// order sorts the rows, whose groups these are, as the comment of Review says. Weight is
// how much each group counts.
func (r *Review) order(groups []string, weight map[string]float64) {
	inGroup := make([]int, len(r.Rows))
	for i := range inGroup {
		inGroup[i] = i
	}
	margin := func(i int) classifier.Score {
		if m := r.Rows[i].Margin.Margin; m != nil {
			return *m
		}
		return 0
	}
	slices.SortStableFunc(inGroup, func(a, b int) int {
		return cmp.Or(cmp.Compare(r.Rows[b].Messages, r.Rows[a].Messages), cmp.Compare(r.Rows[b].wrong(), r.Rows[a].wrong()), cmp.Compare(margin(a), margin(b)))
	})
	average := make([]float64, len(r.Rows))
	taken := map[string]int{}
	for _, i := range inGroup {
		taken[groups[i]]++
		average[i] = weight[groups[i]] / float64(taken[groups[i]])
	}
	slices.SortStableFunc(inGroup, func(a, b int) int {
		return cmp.Or(cmp.Compare(average[b], average[a]), cmp.Compare(r.Rows[a].Line, r.Rows[b].Line))
	})
	rows := make([]ReviewRow, len(r.Rows))
	for to, i := range inGroup {
		rows[to] = r.Rows[i]
	}
	r.Rows = rows
}

// doubter finds the doubts of messages, for one goroutine.
type doubter struct {
	c, open  *classifier.Classifier // open tags every sub-theme that has a match
	chances  *Chances
	seed     uint64
	labelled *LabelledTexts
	result   classifier.Result
}

// doubtful is a message with its doubts, if it has any.
type doubtful struct {
	row      ReviewRow
	text     string
	key      uint64 // of the text, see sampler
	group    string // the same for messages with the same doubt
	labelled bool   // in the corpus
	known    bool   // elsewhere
}

func (d *doubter) message(m *Message) (*doubtful, error) {
	if m.Kind != Unlabelled {
		return &doubtful{labelled: true}, nil
	}
	if d.labelled.has(m.Text) {
		return &doubtful{known: true}, nil
	}
	out := &doubtful{text: m.Text, key: keyOf(m.Text, d.seed), row: ReviewRow{ID: m.ID, Line: m.Line, Text: m.Text, Messages: 1}}
	row := &out.row
	d.c.Decisive(&d.result, []byte(m.Text), func(tag, keyword int) {
		if t := d.result.Tags[tag]; tag == 0 && row.Keyword == "" {
			row.Keyword = keywordName(&d.c.Dictionary().Themes[t.Theme].SubThemes[t.SubTheme].Keywords[keyword])
		}
	})
	row.Margin = d.c.Doubt(d.result.Tags)
	for _, t := range d.result.Tags {
		row.Tags = append(row.Tags, d.c.Dictionary().Themes[t.Theme].SubThemes[t.SubTheme].ID)
	}
	if len(row.Tags) == 0 {
		if d.chances != nil {
			none := 1 - d.chances.missed
			row.Chance = &none
		}
		d.untagged(out)
		return out, nil
	}
	if all := d.chances.Of([]byte(m.Text), d.result.Tags); len(all) > 0 {
		row.Chance = &all[0]
	}
	row.Keywords = d.keywords(&d.result.Tags[0])
	if row.Keyword != "" {
		row.Doubts = append(row.Doubts, DoubtOneKeyword)
		out.group = row.Tags[0] + " " + row.Keyword
	}
	if row.Margin.Close() {
		row.Doubts = append(row.Doubts, DoubtClose)
		out.group = row.Tags[0] + "\n" + row.Margin.RunnerUp
	}
	return out, nil
}

// untagged says which keywords an untagged text has.
func (d *doubter) untagged(out *doubtful) {
	out.row.Doubts = []Doubt{DoubtUntagged}
	d.open.Classify(&d.result, []byte(out.text))
	for i := range d.result.Tags {
		t := &d.result.Tags[i]
		if words := d.keywords(t); len(words) > 0 {
			out.row.Near, out.row.Keywords = d.c.Dictionary().Themes[t.Theme].SubThemes[t.SubTheme].ID, words
			break
		}
	}
	out.group = "\n" + out.row.Near
}

// keywords returns the matched keywords of a tag that speak for it, each once.
func (d *doubter) keywords(t *classifier.Tag) (words []string) {
	sub := &d.c.Dictionary().Themes[t.Theme].SubThemes[t.SubTheme]
	for _, m := range t.Matches {
		k := &sub.Keywords[m.Keyword]
		if word := keywordName(k); k.Weight > 0 && !contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}
