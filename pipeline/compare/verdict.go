package compare

import "github.com/minyi/minyi/dict/phrase"

// Verdict is the outcome of a check, or of all checks of a promotion together.
type Verdict string

// The verdicts. Only Pass promotes.
const (
	Pass Verdict = "pass"
	// Fail: what the check asks for is not so, or there is no data although the check
	// was asked for.
	Fail Verdict = "fail"
	// Inconclusive: there is data, and it does not suffice to tell.
	Inconclusive Verdict = "inconclusive"
)

// Names of checks, as they stand in JSON and in the history.
const (
	CheckCaughtUp = "caught_up"
	CheckMissing  = "missing"
	CheckSpec     = "spec"
	CheckLedger   = "ledger"
	CheckTests    = "dictionary_tests"
	CheckUntagged = "untagged_share"
	CheckThemes   = "theme_shares"
	CheckLabels   = "labels"
	CheckDuel     = "duel"
)

// Check is the outcome of one guard of a promotion. Its JSON shape is stable.
type Check struct {
	Name    string  `json:"name"` // one of the constants above
	Verdict Verdict `json:"verdict"`
	// Detail says why, with the numbers. It is stored in English, and said in the language
	// of who reads it.
	Detail phrase.Text `json:"detail"`
}

// Decision is the answer to the question whether a tally may become the current one.
// Its JSON shape is stable.
type Decision struct {
	Verdict Verdict `json:"verdict"`
	Checks  []Check `json:"checks"`
	From    string  `json:"from"` // the tally that is current; "" if none is
	To      string  `json:"to"`   // the candidate
}

// Decide combines checks into a decision about promoting a tally.
func Decide(from, to string, checks ...Check) Decision {
	return Decision{Verdict: Combine(checks...), Checks: checks, From: from, To: to}
}

// Combine returns the worst verdict: Fail if any check failed, else Inconclusive if any
// could not tell, else Pass. Of no checks at all nothing is known: Inconclusive. A
// verdict that is none of the three counts as Fail.
func Combine(checks ...Check) Verdict {
	if len(checks) == 0 {
		return Inconclusive
	}
	worst := Pass
	for _, c := range checks {
		switch c.Verdict {
		case Pass:
		case Inconclusive:
			if worst == Pass {
				worst = Inconclusive
			}
		default:
			worst = Fail
		}
	}
	return worst
}
