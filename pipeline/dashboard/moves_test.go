package dashboard

import (
	"context"
	"html"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// The page has the history, the newest first; it is read again after a promotion, and not
// with every page.
func TestHistory(t *testing.T) {
	b, clk, asked := counting(), newClock(), 0
	d, err := New(Config{Board: b.board, Engine: b, Tallies: b.listTallies, Now: clk.Now, Moves: func(ctx context.Context) ([]Move, error) {
		asked++
		return b.listMoves(ctx)
	}})
	if err != nil {
		t.Fatal(err)
	}
	history := func() string {
		t.Helper()
		_, part, _ := strings.Cut(get(t, d, "/?lang=en").Body.String(), `<details class="history">`)
		part, _, _ = strings.Cut(html.UnescapeString(part), "</details>")
		return part
	}
	first, second, ok := strings.Cut(history(), "</li>")
	if !ok || !strings.Contains(first, "<code>0123456789ab</code> → <code>"+b.tally+"</code>") || !strings.Contains(first, "<bdi>li</bdi>: <bdi>hospitals were not <seen></bdi>") || !strings.Contains(second, "first tally") {
		t.Errorf("%s", history())
	}
	for range 10 {
		clk.advance(2 * time.Second)
		history()
	}
	if asked != 1 {
		t.Errorf("the history was read %d times", asked)
	}
	b.moves = append(b.moves, Move{At: clk.Now(), Event: "rolled_back", From: b.tally, To: "0123456789ab", By: "wang"})
	b.board.Promote(pipeline.Promotion{Tally: "0123456789ab", From: b.tally, At: clk.Now(), By: "wang", Event: "rolled_back"})
	clk.advance(talliesAge * time.Second)
	if first, _, _ := strings.Cut(history(), "</li>"); asked != 2 || !strings.Contains(first, "rolled back") || !strings.Contains(first, "wang") {
		t.Errorf("after a promotion, read %d times: %s", asked, first)
	}
}
