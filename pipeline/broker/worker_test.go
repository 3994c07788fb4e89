package broker

import (
	"testing"
)

func TestCountsAreThoseOfAnOfflineCount(t *testing.T) {
	r, w := newRig(t), newWords(t, 3, 4)
	last := r.publish(payloads(1, 3000, 3, w))
	_, stop := r.run(config(w))
	got := r.waitFor("", last)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	r.same(got, r.offline(w, last))
}
