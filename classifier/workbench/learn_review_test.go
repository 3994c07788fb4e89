package workbench

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// fewWords is a dictionary of two words for each of the default's sub-themes, as an analyst begins
// with.
const fewWords = `livelihood/education 学校、老师
livelihood/employment 就业、工资
livelihood/healthcare 医院、医生
livelihood/housing 住房、物业
livelihood/elderly_care 养老、老人
livelihood/social_security 社保、低保
livelihood/transport 公交、停车
livelihood/consumer 消费者、外卖
livelihood/urban 小区、路灯
livelihood/rural 农村、农民
party/theory 理论、宣讲
party/organization 党支部、党员
party/integrity 腐败、举报
party/cadres 干部、考核
governance/development 企业、产业
governance/democracy 人大代表、政协
governance/rule_of_law 法律、法院
governance/ecology 污染、环保
governance/grassroots 社区、居委会
governance/culture 文化、图书馆
governance/administration 窗口、办事
governance/safety 安全、消防`

func fewWordsDictionary(t *testing.T) *dict.Dictionary {
	t.Helper()
	var themes []dict.Theme
	for line := range strings.SplitSeq(fewWords, "\n") {
		id, words, _ := strings.Cut(line, " ")
		theme, _ := splitID(id)
		if len(themes) == 0 || themes[len(themes)-1].ID != theme {
			themes = append(themes, dict.Theme{ID: theme})
		}
		s := dict.SubTheme{ID: id, Threshold: 1}
		for word := range strings.SplitSeq(words, "、") {
			s.Keywords = append(s.Keywords, dict.Keyword{Word: word, Weight: 1})
		}
		last := &themes[len(themes)-1]
		last.SubThemes = append(last.SubThemes, s)
	}
	return newDict(t, themes)
}

// shuffled returns the labelled messages of a file in random order.
func shuffled(t *testing.T, path string, seed uint64) []GoldLabel {
	t.Helper()
	var out []GoldLabel
	_, err := mapMessages(t.Context(), File(path), func() struct{} { return struct{}{} },
		func(_ struct{}, m *Message) (*Message, error) { return m, nil },
		func(m *Message) error {
			out = append(out, GoldLabel{ID: m.ID, Text: m.Text, Themes: m.Themes, Primary: m.Primary})
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	rand.New(rand.NewPCG(seed, 77)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func corpusOf(t *testing.T, labels []GoldLabel) Corpus {
	t.Helper()
	var b bytes.Buffer
	for i := range labels {
		if err := json.NewEncoder(&b).Encode(&labels[i]); err != nil {
			t.Fatal(err)
		}
	}
	return Bytes("labels", b.Bytes())
}

// reviewed labels what a review of messages lists.
func reviewed(t *testing.T, d *dict.Dictionary, messages []GoldLabel, rows int) []GoldLabel {
	t.Helper()
	var unread bytes.Buffer
	of := map[string]GoldLabel{}
	for _, m := range messages {
		of[m.ID] = m
		if err := json.NewEncoder(&unread).Encode(map[string]string{"id": m.ID, "text": m.Text}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := FindDoubts(t.Context(), classifierFor(t, d), Bytes("messages", unread.Bytes()), ReviewOptions{Limit: rows})
	if err != nil {
		t.Fatal(err)
	}
	out := make([]GoldLabel, len(r.Rows))
	for i, row := range r.Rows {
		out[i] = of[row.ID]
		out[i].Drawn = row.Drawn
	}
	return out
}

// TestLearnAfterReview: what is learned from a review is not worse on texts that were not
// reviewed. Those in doubt alone say that it is better when it is not: their words are
// rare among the texts that nobody doubts, and what the prior gets right is not among them.
func TestLearnAfterReview(t *testing.T) {
	f1 := func(d *dict.Dictionary, aside []GoldLabel) float64 {
		e, err := Evaluate(t.Context(), classifierFor(t, d), corpusOf(t, aside), EvalOptions{Resamples: -1, Samples: -1})
		if err != nil {
			t.Fatal(err)
		}
		return e.MicroF1
	}
	for _, c := range []struct {
		name string
		d    *dict.Dictionary
		gain float64 // at least, on texts that were not reviewed
	}{
		{"few words", fewWordsDictionary(t), 0},
		{"an eighth of the default", eighth(t), 0.02},
	} {
		all := shuffled(t, filepath.Join("..", "..", "examples", "suggestions.ndjson"), 3)
		aside, messages := all[:260], all[260:]
		labels := reviewed(t, c.d, messages, 120)
		before := f1(c.d, aside)
		l, err := Learn(t.Context(), corpusOf(t, labels), LearnOptions{Prior: c.d, Classifier: testTables(), Folds: 2})
		after := before
		if err == nil {
			after = f1(l.Dict, aside)
		} else if !errors.Is(err, ErrNothingLearned) {
			t.Fatal(err)
		}
		if sure := l.Report.Gain.AtLeast > 0; sure != (err == nil) {
			t.Errorf("%s: a gain of %+v is written: %v", c.name, *l.Report.Gain, err == nil)
		}
		t.Logf("%s: on the texts drawn at random %.3f -> %.3f, at least %+.3f; on others %.3f -> %.3f", c.name, l.Report.Prior.MicroF1, l.Report.MicroF1, l.Report.Gain.AtLeast, before, after)
		if after < before+c.gain {
			t.Errorf("%s: %.3f -> %.3f on texts that were not reviewed", c.name, before, after)
		}
		// Picked messages alone judge nothing.
		picked := slices.DeleteFunc(labels, func(l GoldLabel) bool { return l.Drawn == DrawnRandom })
		if _, err := Learn(t.Context(), corpusOf(t, picked), LearnOptions{Prior: c.d, Classifier: testTables()}); !errors.Is(err, ErrNothingRandom) {
			t.Errorf("%s: of picked messages only: %v", c.name, err)
		}
	}
}
