package label

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

func TestJudgementInJSON(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 5, time.UTC)
	for _, c := range []struct {
		j    Judgement
		json string
		key  string
	}{
		{
			Judgement{Stream: "g1", Seq: 17, By: "li.h", At: at, Origin: OfReview, Themes: []string{}},
			`{"stream":"g1","seq":17,"by":"li.h","at":"2026-03-01T08:00:00.000000005Z","origin":"review","themes":[]}`,
			"g1.17.li=2Eh.1772352000000000005",
		},
		{
			Judgement{Stream: "g1", Seq: 17, By: "李", At: at, Origin: OfDuel, Duel: &Duel{"x", "y", WonB, 1, 2, 30, 9, 4}},
			`{"stream":"g1","seq":17,"by":"李","at":"2026-03-01T08:00:00.000000005Z","origin":"duel","themes":null,` +
				`"duel":{"a":"x","b":"y","won":"b","seed":1,"from":2,"to":30,"population":9,"draw":4}}`,
			"g1.17.=E6=9D=8E.1772352000000000005",
		},
	} {
		b, err := json.Marshal(c.j)
		if err != nil || string(b) != c.json || c.j.Key() != c.key {
			t.Errorf("%v\n%s\n%s", err, b, c.j.Key())
		}
		var back Judgement
		if err := json.Unmarshal(b, &back); err != nil || back.Validate() != nil || (back.Themes == nil) != (c.j.Themes == nil) {
			t.Errorf("%v, %v: %+v", err, back.Validate(), back)
		}
	}
	for name, j := range map[string]Judgement{
		"nothing": {}, "of nobody": {Stream: "g", Seq: 1, Origin: OfPage, Themes: []string{}},
		"says nothing": {Stream: "g", Seq: 1, By: "x", At: at, Origin: OfPage},
		"no duel":      {Stream: "g", Seq: 1, By: "x", At: at, Origin: OfDuel, Themes: []string{}},
		"draw":         {Stream: "g", Seq: 1, By: "x", At: at, Origin: OfDuel, Duel: &Duel{Won: WonA, Population: 3, Draw: 4}},
		"won":          {Stream: "g", Seq: 1, By: "x", At: at, Origin: OfDuel, Duel: &Duel{Population: 3, Draw: 1}},
	} {
		if j.Validate() == nil {
			t.Errorf("%s: %+v is valid", name, j)
		}
	}
}

func TestLatest(t *testing.T) {
	at := func(n int) time.Time { return time.Unix(int64(n), 0) }
	got := Latest([]Judgement{
		{Stream: "g", Seq: 2, By: "x", At: at(9), Origin: OfPage, Themes: []string{"new"}},
		{Stream: "g", Seq: 2, By: "x", At: at(1), Origin: OfPage, Themes: []string{"old"}},
		{Stream: "g", Seq: 2, By: "y", At: at(2), Origin: OfPage},
		{Stream: "g", Seq: 1, By: "x", At: at(3), Origin: OfDuel, Duel: &Duel{A: "a", B: "b", Won: WonA, Seed: 1}},
		{Stream: "g", Seq: 1, By: "x", At: at(4), Origin: OfDuel, Duel: &Duel{A: "a", B: "b", Won: WonB, Seed: 2}},
		{Stream: "g", Seq: 1, By: "x", At: at(5), Origin: OfDuel, Duel: &Duel{A: "a", B: "b", Won: Both, Seed: 1}},
	})
	if len(got) != 4 || got[0].Duel.Won != WonB || got[1].Duel.Won != Both || got[2].Themes[0] != "new" || got[3].By != "y" {
		t.Errorf("%+v", got)
	}
}

func TestStreamOf(t *testing.T) {
	if got := StreamOf(pipeline.Spec{Generation: "00ff"}); got != "00ff" {
		t.Error(got)
	}
	if got := StreamOf(pipeline.Spec{Created: time.Unix(1, 5)}); got != "created-1000000005" {
		t.Error(got)
	}
}
