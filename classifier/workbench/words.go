package workbench

import (
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/classifier"
)

// Words finds the words and phrases of texts that may say what a text is about: tokens of
// two or more characters, and pairs of adjacent tokens, both in their normal form and
// without function words. They are those that [FindKeyness] compares. Not safe for
// concurrent use.
type Words struct {
	segmented *segmented
	seen      map[string]bool
	words     []string
}

// NewWords returns what finds words as the classifier segments texts.
func NewWords(c *classifier.Classifier) *Words {
	return &Words{segmented: newSegmented(c), seen: make(map[string]bool)}
}

// Of returns the words of a text, each once, in the order of the text. They are valid
// until the next call.
func (w *Words) Of(text string) []string {
	clear(w.seen)
	w.words = w.words[:0]
	tokens := w.segmented.of(text)
	for i, t := range tokens {
		if !isWordToken(t) || isFunctionWord(t) {
			continue
		}
		if utf8.RuneCountInString(t) > 1 {
			w.add(t)
		}
		if i+1 < len(tokens) && isWordToken(tokens[i+1]) && !isFunctionWord(tokens[i+1]) {
			w.add(joinWords(t, tokens[i+1]))
		}
	}
	return w.words
}

func (w *Words) add(word string) {
	if !w.seen[word] {
		w.seen[word] = true
		w.words = append(w.words, word)
	}
}

// joinWords writes two tokens as a text has them: Latin words with a space between.
func joinWords(a, b string) string {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if last < utf8.RuneSelf && first < utf8.RuneSelf {
		return strings.Join([]string{a, b}, " ")
	}
	return a + b
}
