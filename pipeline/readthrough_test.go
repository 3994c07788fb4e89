package pipeline

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// stopper is a source whose readings end early: each hands over as many messages as
// the list says, and the last number is for all that follow.
type stopper struct {
	Source
	brings []int
	reads  int
}

func (s *stopper) Read(_ context.Context, r Range, f func(*Message)) error {
	n := s.brings[min(s.reads, len(s.brings)-1)]
	s.reads++
	for seq := r.From; seq <= r.To; seq++ {
		if n == 0 {
			return fmt.Errorf("%w at message %d: the line was cut", ErrReadStopped, seq)
		}
		n--
		f(&Message{Seq: seq})
	}
	return nil
}

// A reading that stops goes on after its last message. Each stop is reported; only
// from the third in a row that brought nothing is it worth a line of the log.
func TestReadingGoesOnWhereItStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &stopper{brings: []int{3, 0, 0, 0, 2, 0, 100}}
		var seqs []uint64
		var vains []int
		var noted []int
		err := ReadThrough(t.Context(), src, Range{1, 10}, func(m *Message) { seqs = append(seqs, m.Seq) }, func(vain int, err error) {
			vains = append(vains, vain)
			if (Failure{Err: err, Vain: vain}).Noted() {
				noted = append(noted, vain)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(seqs, vains, noted); got != "[1 2 3 4 5 6 7 8 9 10] [0 1 2 3 0 1] [3]" {
			t.Error(got)
		}
	})
}

// A range of which nothing comes at all is given up after a while, and the error names
// the message and the cause.
func TestReadingGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		src := &stopper{brings: []int{4, 0}}
		stops := 0
		err := ReadThrough(t.Context(), src, Range{1, 10}, func(*Message) {}, func(int, error) { stops++ })
		if err == nil || !strings.Contains(err.Error(), "from message 5 on") || !strings.Contains(err.Error(), "the line was cut") {
			t.Errorf("%v", err)
		}
		if stops != 1+maxVain || time.Since(begin) > time.Minute {
			t.Errorf("%d stops in %s", stops, time.Since(begin))
		}
	})
}
