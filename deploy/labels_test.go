package deploy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// labelSet is the labels that the series of a vector may have.
type labelSet map[string]bool

func setOf(names ...string) labelSet {
	s := labelSet{}
	s.add(names...)
	return s
}

func (s labelSet) add(names ...string) {
	for _, n := range names {
		s[n] = true
	}
}

func (s labelSet) has(name string) bool { return s[name] }

func (s labelSet) with(names ...string) labelSet {
	c := maps.Clone(s)
	c.add(names...)
	return c
}

func (s labelSet) without(names ...string) labelSet {
	c := maps.Clone(s)
	for _, n := range names {
		delete(c, n)
	}
	return c
}

func (s labelSet) String() string {
	return "{" + strings.Join(slices.Sorted(maps.Keys(s)), ", ") + "}"
}

// reading follows the labels through an expression, from its series to its result, and
// notes where it names what is not there.
type reading struct {
	series map[string]labelSet
	faults []string
}

func (r *reading) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// mustHave notes each name that none of the sets has.
func (r *reading) mustHave(where parser.Node, names []string, sets ...labelSet) {
	for _, n := range names {
		if !slices.ContainsFunc(sets, func(s labelSet) bool { return s.has(n) }) {
			r.fault("label %s: there are only %v in %s", n, sets, where)
		}
	}
}

// labels returns the labels that the expression's result may have; none for a scalar.
func (r *reading) labels(e parser.Expr) labelSet {
	switch e := e.(type) {
	case *parser.VectorSelector:
		return r.selector(e)
	case *parser.MatrixSelector:
		return r.labels(e.VectorSelector)
	case *parser.SubqueryExpr:
		return r.labels(e.Expr)
	case *parser.ParenExpr:
		return r.labels(e.Expr)
	case *parser.UnaryExpr:
		return r.labels(e.Expr)
	case *parser.AggregateExpr:
		inner := r.labels(e.Expr)
		r.mustHave(e, e.Grouping, inner)
		switch e.Op {
		case parser.TOPK, parser.BOTTOMK: // these choose series, and keep their labels
			return inner
		}
		if e.Without {
			return inner.without(e.Grouping...)
		}
		return setOf(e.Grouping...)
	case *parser.Call:
		return r.call(e)
	case *parser.BinaryExpr:
		return r.binary(e)
	case *parser.NumberLiteral, *parser.StringLiteral:
		return labelSet{}
	}
	r.fault("%T is not known to this test: %s", e, e)
	return labelSet{}
}

func (r *reading) selector(e *parser.VectorSelector) labelSet {
	labels, ok := r.series[e.Name]
	if !ok {
		r.fault("no process exports %s, and no rule before this one records it", e)
		return labelSet{}
	}
	for _, m := range e.LabelMatchers {
		if m.Name != "__name__" {
			r.mustHave(e, []string{m.Name}, labels)
		}
	}
	return labels
}

// call is of functions that keep the labels of their vector. One that changes labels has to
// be added here before a rule uses it.
func (r *reading) call(e *parser.Call) labelSet {
	var labels labelSet
	for _, arg := range e.Args {
		if l := r.labels(arg); len(l) > 0 {
			labels = l
		}
	}
	switch name := e.Func.Name; {
	case name == "histogram_quantile":
		r.mustHave(e, []string{"le"}, labels)
		return labels.without("le")
	case strings.HasPrefix(name, "label_"), strings.HasPrefix(name, "absent"), name == "info":
		r.fault("%s changes labels; this test does not follow it yet", name)
	}
	return labels
}

func (r *reading) binary(e *parser.BinaryExpr) labelSet {
	left, right := r.labels(e.LHS), r.labels(e.RHS)
	m := e.VectorMatching
	switch {
	case m == nil && e.LHS.Type() == parser.ValueTypeScalar: // with a scalar
		return right
	case m == nil:
		return left
	case m.On:
		r.mustHave(e, m.MatchingLabels, left)
		r.mustHave(e, m.MatchingLabels, right)
	default:
		r.mustHave(e, m.MatchingLabels, left, right)
		// Sides that differ in a label match nothing, and so the alert never fires.
		l, g := left.without(m.MatchingLabels...), right.without(m.MatchingLabels...)
		if !maps.Equal(l, g) && e.Op != parser.LOR {
			r.fault("%s on the left never matches %s on the right: say which count with on (…) in %s", left, right, e)
		}
	}
	r.mustHave(e, m.Include, left, right)
	switch {
	case e.Op == parser.LOR:
		return left.with(slices.Collect(maps.Keys(right))...)
	case e.Op == parser.LAND, e.Op == parser.LUNLESS, m.Card == parser.CardManyToOne:
		return left.with(m.Include...)
	case m.Card == parser.CardOneToMany:
		return right.with(m.Include...)
	case m.On:
		return setOf(m.MatchingLabels...)
	}
	return left.without(m.MatchingLabels...)
}
