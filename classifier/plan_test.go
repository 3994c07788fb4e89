package classifier

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

func TestPlanRefuses(t *testing.T) {
	at := func(line int) dict.Position { return dict.Position{File: "t.yaml", Line: line, Column: 9} }
	for _, c := range []struct {
		name     string
		keywords []dict.Keyword
		want     []string // parts of the message, one line of it after the other
	}{
		{
			"two spellings of a word",
			[]dict.Keyword{{Word: "医疗", Weight: 1, Pos: at(3)}, {Word: "醫療", Weight: 2, Pos: at(7)}},
			[]string{"t.yaml:7:9: 醫療 and 医疗 (at t.yaml:3:9) are one keyword"},
		},
		{
			"two orders of a rule",
			[]dict.Keyword{
				{All: []string{"a", "b"}, Within: 5, Weight: 1, Pos: at(3)},
				{All: []string{"B", "A"}, Within: 5, Weight: 1, Pos: at(4)},
			},
			[]string{"t.yaml:4:9: B+A and a+b"},
		},
		{
			"a rule with a word twice, and nothing left of another",
			[]dict.Keyword{
				{All: []string{"ａ", "A"}, Within: 5, Weight: 1, Pos: at(3)},
				{Word: "\u200b", Weight: 1, Pos: at(4)},
			},
			[]string{"t.yaml:3:9: ａ+A has A twice", "t.yaml:4:9: nothing is left of the word"},
		},
		{
			"an unless of nothing, and no within",
			[]dict.Keyword{{All: []string{"a", "b"}, Unless: []string{"\ufeff"}, Weight: 1, Pos: at(3)}},
			[]string{"nothing is left", "a+b has no within"},
		},
		{
			"numbers",
			[]dict.Keyword{
				{Word: "a", Weight: math.NaN()}, {Word: "b", Weight: 1e-7}, {Word: "c", Weight: 2e9},
			},
			[]string{"weight: NaN", "weight 1e-07 is less", "weight: 2e+09"},
		},
	} {
		_, err := newPlan(one(c.keywords))
		var faults dict.Errors
		if !errors.As(err, &faults) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(c.want) {
			t.Errorf("%s: %d lines, want %d:\n%s", c.name, len(lines), len(c.want), err)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(lines[i], want) {
				t.Errorf("%s: line %d is %q, want %q in it", c.name, i, lines[i], want)
			}
		}
	}
}

func TestPlanRefusesOverflow(t *testing.T) {
	keywords := make([]dict.Keyword, 0, 200)
	for i := range 200 {
		keywords = append(keywords, dict.Keyword{Word: fmt.Sprint("w", i), Weight: 1e9})
	}
	if _, err := newPlan(one(keywords)); err == nil || !strings.Contains(err.Error(), "too much to count") {
		t.Errorf("200 weights of 1e9: %v", err)
	}
	if _, err := newPlan(one(keywords[:100])); err != nil {
		t.Errorf("100 weights of 1e9: %v", err)
	}
}
