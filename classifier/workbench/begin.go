package workbench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// Begun is a dictionary that was begun with a few words: it has examples, and the words
// of a corpus that may be added. See [Begin].
type Begun struct {
	Stats
	SubThemes []BegunSubTheme `json:"subthemes"` // in the order of the dictionary
	dict      *dict.Dictionary
}

// BegunSubTheme is a sub-theme of a dictionary that was begun.
type BegunSubTheme struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"` // Chinese
	Keywords  int     `json:"keywords"`
	Threshold float64 `json:"threshold"`
	Examples  int     `json:"examples"`
	Messages  int     `json:"messages,omitempty"` // of the corpus that are tagged with it
	// Proposals are words that mark these messages against the others, significant at
	// 1 % and four times as frequent, the surest first. They are not in the dictionary.
	Proposals []KeyWord `json:"proposals,omitempty"`
}

// BeginOptions are the options of Begin.
type BeginOptions struct {
	// Corpus is where proposals come from; nil: there are none.
	Corpus *Corpus
	// Limit is the most proposals of a sub-theme; 0: 10; negative: no limit.
	Limit int
	// Classifier are the options for the classifiers that Begin builds.
	Classifier classifier.Options
}

// begunRelative is the relative threshold of a theme that has no settings. It has no
// threshold_length: with a few keywords of weight 1 only short texts would be tagged.
const begunRelative = 0.4

// A proposal stands in fewestProposed messages of its sub-theme at least, and is there
// four times as frequent as elsewhere.
const (
	fewestProposed = 3
	leastProposed  = 2 // log ratio
)

// Begin makes of the sub-themes and keywords of d a dictionary to go on with: themes
// without settings get a relative threshold, every
// sub-theme that has no example gets up to two, which hold, and a corpus is searched for
// words to propose. d is not changed. The corpus is read once for each sub-theme. Errors
// are those of reading it (*CorpusError), of ctx, and of a faulty dictionary.
func Begin(ctx context.Context, d *dict.Dictionary, o BeginOptions) (*Begun, error) {
	themes := slices.Clone(d.Themes)
	for i := range themes {
		t := &themes[i]
		t.SubThemes = slices.Clone(t.SubThemes)
		if t.RelativeThreshold == 0 && t.ThresholdLength == 0 {
			t.RelativeThreshold = begunRelative
		}
	}
	d, err := dict.New(themes)
	if err != nil {
		return nil, err
	}
	c, err := classifier.New(d, o.Classifier)
	if err != nil {
		return nil, err
	}
	b := &Begun{}
	for i := range themes {
		for j := range themes[i].SubThemes {
			s := &themes[i].SubThemes[j]
			if len(s.Examples) == 0 {
				s.Examples = exampleTexts(c, s)
			}
			found := BegunSubTheme{ID: s.ID, Name: s.Name.Zh, Keywords: len(s.Keywords), Threshold: s.Threshold, Examples: len(s.Examples)}
			if o.Corpus != nil {
				if err := b.propose(ctx, c, o, s, &found); err != nil {
					return nil, err
				}
			}
			b.SubThemes = append(b.SubThemes, found)
		}
	}
	b.dict, err = dict.New(themes)
	return b, err
}

// Dict returns the dictionary.
func (b *Begun) Dict() *dict.Dictionary { return b.dict }

// exampleTexts returns sentences with keywords of s that c tags with s first.
func exampleTexts(c *classifier.Classifier, s *dict.SubTheme) (out []dict.Example) {
	const enough = 2
	for _, k := range s.Keywords {
		for _, sentence := range []string{"建议解决%s的问题", "反映%s", "%s"} {
			text := fmt.Sprintf(sentence, cmp.Or(k.Word, strings.Join(k.All, "")))
			if tags := c.Tags(text); len(tags) > 0 && tags[0].ID == s.ID {
				out = append(out, dict.Example{Text: text, Expect: []string{s.ID}})
				break
			}
		}
		if len(out) == enough {
			break
		}
	}
	return out
}

// propose finds the words that mark the messages of a sub-theme.
func (b *Begun) propose(ctx context.Context, c *classifier.Classifier, o BeginOptions, s *dict.SubTheme, found *BegunSubTheme) error {
	k, err := FindKeyness(ctx, c, *o.Corpus, KeynessOptions{Target: s.ID, MinMessages: fewestProposed, Limit: -1})
	if err != nil {
		return err
	}
	if k.Rows == 0 {
		return phrase.Errorf("propose words from %s: %w", o.Corpus.Name, ErrNoMessages)
	}
	b.Stats, found.Messages = k.Stats, k.TargetMessages
	limit := atMost(o.Limit, 10)
	for _, w := range k.Words {
		if w.G2 < significant || len(found.Proposals) == limit {
			break
		}
		if w.LogRatio >= leastProposed && !isFunctionWord(w.Word) && !holdsKeyword(w.Word, s) {
			found.Proposals = append(found.Proposals, w)
		}
	}
	return nil
}

// holdsKeyword tells whether a keyword of s stands in a word, which would then find no
// message that the keyword does not.
func holdsKeyword(word string, s *dict.SubTheme) bool {
	return slices.ContainsFunc(s.Keywords, func(k dict.Keyword) bool {
		return k.Word != "" && strings.Contains(word, classifier.Normalize(k.Word))
	})
}

// Marshal returns the file of a theme of the dictionary, as dict.Marshal does, with a
// head that says how it is read, and with the proposals as comments below the keywords:
// who takes the mark away has added the word.
func (b *Begun) Marshal(t *dict.Theme, r Reader) ([]byte, error) {
	src, err := dict.Marshal(t)
	if err != nil {
		return nil, err
	}
	proposals := map[string][]KeyWord{}
	for _, s := range b.SubThemes {
		proposals[s.ID] = s.Proposals
	}
	var out strings.Builder
	head := r.say("Begun by minyi dict new. A sub-theme adds up the weights of its keywords that stand in a text\n(weight: 1 where none is written), and the text is tagged from its threshold on (1 where none is written).\nrelative_threshold: what of the highest score of the text a tag needs besides.\nthreshold_length: 20 is worth writing once there are many keywords with weights: in a text n times\nas long, thresholds are then sqrt(n) times as high.\nA line \"# - word\" is a proposal: take its first # away, and it is a keyword.")
	for line := range strings.SplitSeq(head, "\n") {
		out.WriteString("# " + line + "\n")
	}
	id := ""
	pending := func() {
		for _, w := range proposals[t.ID+"/"+id] {
			fmt.Fprintf(&out, "      # - %s # %s\n", w.Word, r.say("in %s messages of it, %s times elsewhere; G2 %s", textfmt.Count(w.Messages), textfmt.Count(w.Rest), fmt.Sprintf("%.1f", w.G2)))
		}
		id = ""
	}
	for line := range strings.Lines(string(src)) {
		if next, ok := strings.CutPrefix(line, "  - id: "); ok {
			pending()
			id = strings.Trim(strings.TrimSpace(next), `'"`)
		} else if strings.HasPrefix(line, "    examples:") {
			pending()
		}
		out.WriteString(line)
	}
	pending()
	return dict.Format([]byte(out.String()))
}
