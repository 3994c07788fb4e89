package broker

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/label"
)

func TestLabels(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	store := r.conn.Labels()
	all := func(stream string) (list []label.Judgement) {
		t.Helper()
		if err := store.Each(t.Context(), stream, func(j label.Judgement) error { list = append(list, j); return nil }); err != nil {
			t.Fatal(err)
		}
		return label.Latest(list)
	}
	if got := all("g1"); len(got) != 0 {
		t.Errorf("before there is a bucket: %+v", got)
	}
	at := time.Date(2026, 3, 1, 8, 0, 0, 7, time.UTC)
	one := label.Judgement{Stream: "g1", Seq: 17, By: "李.h", At: at, Origin: label.OfReview, Themes: []string{"a/b"}}
	two := label.Judgement{Stream: "g1", Seq: 18, By: "李.h", At: at, Origin: label.OfDuel, Duel: &label.Duel{A: "x", B: "y", Won: label.Both, Population: 1, Draw: 1}}
	other := one
	other.Stream = "g2"
	for _, j := range []label.Judgement{one, two, other, one} {
		if err := store.Add(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	if got := all("g1"); !reflect.DeepEqual(got, []label.Judgement{one, two}) {
		t.Errorf("%+v", got)
	}
	enough := errors.New("enough")
	if err := store.Each(t.Context(), "g2", func(label.Judgement) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
	if err := store.Add(t.Context(), label.Judgement{}); !errors.Is(err, label.ErrJudgement) {
		t.Error(err)
	}
}
