package dashboard

import (
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// withheld stands in tables for a number that is not published.
const withheld = pipeline.Withheld

// number writes a count, or that it is withheld.
func number(n uint64, hidden bool) string {
	if hidden {
		return withheld
	}
	return textfmt.Count(n)
}

// share writes a share, or that it is withheld.
func share(n, of uint64, hidden bool) string {
	if hidden {
		return withheld
	}
	return textfmt.Share(n, of)
}

// outcomesWithheld says which of the numbers of the ledger are withheld.
type outcomesWithheld struct{ read, tagged, untagged, rejected bool }

// published returns how many messages pass and were read, and what became of them, as far
// as that may be published, and what of it is withheld.
func (s scope) published() (read uint64, o pipeline.Outcomes, hidden outcomesWithheld) {
	if s.counts.Suppression == nil {
		o = s.outcomes()
		return o.Messages(), o, hidden
	}
	read, o, h := s.counts.Suppression.Outcomes(s.filter.selected())
	return read, o, outcomesWithheld{h.Read, h.Tagged, h.Untagged, h.Rejected}
}
