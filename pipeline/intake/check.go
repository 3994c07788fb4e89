package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"github.com/minyi/minyi/dict/phrase"
)

// maxRefusals bounds how many refused records are kept with their places.
const maxRefusals = 100

// Check reads a file to its end and sends nothing. The balance says what sending
// it to an empty stream would do: Sent counts the records that would be stored,
// Already those that are there twice. It also returns the first records that
// were refused, at most 100. The error is that of [Open] or [Reader.Next].
//
// Records with ids of their own take about 40 bytes of memory each.
func Check(name string, opts Options) (*Balance, []error, error) {
	r, err := Open(name, opts)
	if err != nil {
		return nil, nil, err
	}
	bal, refusals, err := r.check()
	return bal, refusals, errors.Join(err, r.Close())
}

func (r *Reader) check() (*Balance, []error, error) {
	var refusals []error
	refuse := func(err error) {
		if len(refusals) < maxRefusals {
			refusals = append(refusals, err)
		}
	}
	seen := map[uint64]claimed{}
	sent, already := 0, 0
	bal := r.Balance()
	bal.Check = true
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.As(err, new(*RecordError)) {
			refuse(err)
			continue
		}
		if err != nil {
			bal.Settle(sent, already)
			return bal, refusals, err
		}
		sum := sha256.Sum256([]byte(rec.Key))
		key := binary.BigEndian.Uint64(sum[:])
		switch earlier, there := seen[key]; {
		case !there:
			seen[key] = claimed{rec.Content, int32(rec.Row)}
			sent++
		case earlier.content == rec.Content:
			rec.Table.Again.Add(rec.Row)
			already++
		default:
			refuse(OtherContent(r.name, &rec, phrase.Textf("row %d", earlier.row)))
			bal.Refuse(rec.Table, rec.Row, ReasonOtherID)
		}
	}
	bal.Settle(sent, already)
	return bal, refusals, nil
}
