package classifier

import (
	"github.com/go-ego/gse"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// Peer tags as a first version of such a program would: gse segments the text, and a
// map from words to sub-themes gives each token its meaning. It exists only for
// comparison in the benchmark. It has no rules, weights or unless words, and it
// misses every keyword that is not a token of gse's. It is safe for concurrent use.
type Peer struct {
	gse   *gse.Segmenter
	words map[string][]string
}

// NewPeer returns a peer with the words of d. It prepares gse's own dictionary, and
// so takes as long as New without a cache.
func NewPeer(d *dict.Dictionary) (*Peer, error) {
	seg, err := loadGse()
	if err != nil {
		return nil, phrase.Errorf("load gse's dictionary: %w", err)
	}
	p := &Peer{gse: seg, words: make(map[string][]string)}
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			for _, k := range s.Keywords {
				if k.Word != "" {
					p.words[k.Word] = append(p.words[k.Word], s.ID)
				}
			}
		}
	}
	return p, nil
}

// Count adds one to totals for each token of the text and each sub-theme that has
// that token as a word.
func (p *Peer) Count(totals map[string]int, text string) {
	for _, token := range p.gse.Cut(text) {
		for _, id := range p.words[token] {
			totals[id]++
		}
	}
}
