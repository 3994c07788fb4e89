package pipeline

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// TestStoredShapes pins the JSON of everything that is stored or printed: the
// keys, their order, and what is left out when it is empty. Readers of other
// versions parse these bytes, and a delta is known by the digest of its own.
func TestStoredShapes(t *testing.T) {
	at := time.Date(2022, 4, 15, 1, 2, 3, 4, time.UTC)

	var c Checkpoint
	c.Frontier, c.Stored = 20, 19
	c.Tagged, c.Untagged, c.Rejected, c.Missing = 10, 4, 3, 2
	c.InvalidUTF8, c.AbsurdTime, c.Deltas = 5, 6, 7
	short := c
	c.Mark = &Mark{Seq: 20, Stored: at}
	c.Open = &Open{To: 30, Deltas: []uint64{8, 9}, Digest: "d", After: "k"}

	var d Delta
	d.Range = Range{1, 19}
	d.Tagged, d.Untagged, d.Rejected, d.Missing = 10, 4, 3, 2
	d.InvalidUTF8, d.AbsurdTime = 5, 6
	empty := d
	d.Mark = Mark{Seq: 19, Stored: at}
	d.Rejects = map[Reason][]Range{NoText: {{3, 4}, {7, 7}}}
	d.Cells = Cells{
		{"2022-04-15", "xinhua", KindTheme, "livelihood"}:   {30, 41},
		{"2022-04-15", "xinhua", KindTotal, All}:            {17, 17},
		{"2022-04-16", "学习<", KindRejected, string(NoText)}: {1, 1},
	}

	var s Snapshot
	s.Tally, s.Dict, s.Frontier, s.Stored = "t", "d", 20, 19
	s.Tagged, s.Untagged, s.Rejected, s.Missing = 10, 4, 3, 2
	s.Themes = []ThemeCount{{ID: "a", Primary: 1, Any: 2, SubThemes: []SubThemeCount{{ID: "a/b", Primary: 1, Any: 2}}}}

	absent := uint64(2)
	var r AuditedRange
	r.Range, r.Absent = Range{1, 19}, &absent
	r.Stored, r.Tagged, r.Untagged, r.Rejected, r.Missing = 19, 10, 4, 3, 2
	bare := r
	bare.Absent = nil
	var a Audit
	a.Tally, a.Dict, a.Stream, a.Base, a.Frontier, a.Last, a.Holds = "t", "d", "S", 1, 20, 21, true
	a.Stored, a.Tagged, a.Untagged, a.Rejected, a.Missing = 19, 10, 4, 3, 2
	a.Ranges, a.Gone = []AuditedRange{r, bare}, []Range{{1, 2}}
	a.GoneNumbers.Stored, a.GoneNumbers.Missing = 1, 1
	a.Waiting, a.Cells, a.Compared, a.Absent = 1, 2, ComparedEach, 3
	a.Faults, a.Notes = []Fault{{Check: "range", Range: &Range{1, 2}, Cell: "c", Says: phrase.Textf("s")}, {Check: "cells", Says: phrase.Textf("s")}}, []phrase.Text{phrase.Textf("n")}

	const outcomes = `"tagged":10,"untagged":4,"rejected":3,"missing":2`
	for _, x := range []struct {
		name string
		got  []byte
		want string
	}{
		{"checkpoint", marshal(t, c), `{"frontier":20,"stored":19,` + outcomes + `,"invalid_utf8":5,"absurd_time":6,` +
			`"mark":{"seq":20,"stored":"2022-04-15T01:02:03.000000004Z"},"deltas":7,"open":{"to":30,"deltas":[8,9],"digest":"d","after":"k"}}`},
		{"checkpoint without mark", marshal(t, short), `{"frontier":20,"stored":19,` + outcomes + `,"invalid_utf8":5,"absurd_time":6,"deltas":7}`},
		{"delta", d.Encode(), `{"from":1,"to":19,` + outcomes + `,"invalid_utf8":5,"absurd_time":6,` +
			`"mark":{"seq":19,"stored":"2022-04-15T01:02:03.000000004Z"},"rejects":{"no_text":[[3,4],[7,7]]},` +
			`"days":{"2022-04-15":{"xinhua":{"theme":{"livelihood":[30,41]},"total":{"all":[17,17]}}},` +
			`"2022-04-16":{"学习\u003c":{"rejected":{"no_text":[1,1]}}}}}`},
		{"delta without messages", empty.Encode(), `{"from":1,"to":19,` + outcomes + `,"invalid_utf8":5,"absurd_time":6}`},
		{"snapshot", marshal(t, s), `{"tally":"t","dict":"d","frontier":20,"stored":19,` + outcomes + `,` +
			`"themes":[{"id":"a","primary":1,"any":2,"subthemes":[{"id":"a/b","primary":1,"any":2}]}]}`},
		{"audit", marshal(t, a), `{"tally":"t","dict":"d","stream":"S","base":1,"frontier":20,"last":21,"holds":true,"stored":19,` + outcomes + `,` +
			`"ranges":[{"from":1,"to":19,"stored":19,` + outcomes + `,"absent":2},{"from":1,"to":19,"stored":19,` + outcomes + `}],` +
			`"gone":[{"from":1,"to":2}],"gone_numbers":{"stored":1,"tagged":0,"untagged":0,"rejected":0,"missing":1},` +
			`"waiting":1,"cells":2,"compared":"each","absent":3,` +
			`"faults":[{"check":"range","range":{"from":1,"to":2},"cell":"c","says":"s"},{"check":"cells","says":"s"}],"notes":["n"]}`},
	} {
		if string(x.got) != x.want {
			t.Errorf("%s:\n got %s\nwant %s", x.name, x.got, x.want)
		}
	}
	if back, err := DecodeDelta(d.Encode()); err != nil || string(back.Encode()) != string(d.Encode()) {
		t.Errorf("the delta reads back as %+v, %v", back, err)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
