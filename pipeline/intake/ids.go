package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/dates"
)

// worth is what an id can do.
type worth int

const (
	noID      worth = iota // names nothing: empty, N/A, a date, a number that lost digits
	runningID              // 1, 2, 3: names a row of its file
	ownID                  // names a suggestion in any file
)

// runningDigits is how many digits a running number has at most. The ids of
// hotlines have more, and begin with the date.
const runningDigits = 6

// noIDs are what people and programs write where there is no id.
var noIDs = map[string]bool{
	"n/a": true, "#n/a": true, "na": true, "nan": true, "null": true, "none": true, "nil": true, "undefined": true,
	"#name?": true, "#ref!": true, "#value!": true, "#div/0!": true, "#num!": true, "#null!": true,
	"无": true, "空": true, "暂无": true, "没有": true, "未知": true, "无编号": true,
}

// worthOf judges an id.
func worthOf(id string) worth {
	s := strings.ToLower(strings.TrimSpace(id))
	if !isASCII([]byte(s)) {
		s = strings.ToLower(width.Fold.String(s))
	}
	switch {
	case s == "" || noIDs[s] || strings.Trim(s, "-–—_/\\.*?#… 　") == "":
		return noID
	case strings.Trim(s, "0123456789") == "":
		if len(s) <= runningDigits {
			return runningID
		}
		if t, ok := dates.Parse(s, time.UTC); ok && len(s) == 8 && t.Year() >= 1990 && t.Year() < 2100 {
			return noID // 20220415
		}
		return ownID
	case isFloat(s):
		return noID
	}
	if '0' <= s[0] && s[0] <= '9' && strings.Trim(s, "0123456789-/.: tz年月日时分秒+") == "" {
		if _, ok := dates.Parse(s, time.UTC); ok {
			return noID
		}
	}
	return ownID
}

// isFloat tells whether a text is a number with a point or an exponent: what
// Excel makes of a long id, 1.10101E+17.
func isFloat(s string) bool {
	if strings.Trim(s, "+-0123456789.e,") != "" || !strings.ContainsAny(s, ".e+-") {
		return false
	}
	_, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
	return err == nil
}

// identity gives ids to records that bring none; see [Record.Key].
type identity struct {
	base string
	sum  hash.Hash
	seen map[uint64]uint32 // occurrences by the first 64 bits of the digest
	buf  [sha256.Size]byte

	running map[uint64]claimed // running ids of tables, by their digest
}

// claimed is who has an id.
type claimed struct {
	content uint32
	row     int32
}

// newIdentity is that of a file by its base name, and by the scope that tells
// files of the same name apart.
func newIdentity(base, scope string) identity {
	if scope != "" {
		base += "\x00" + scope
	}
	return identity{base: base, sum: sha256.New(), seen: map[uint64]uint32{}, running: map[uint64]claimed{}}
}

func (i *identity) digest(parts ...[]byte) []byte {
	i.sum.Reset()
	i.sum.Write([]byte(i.base))
	for _, p := range parts {
		i.sum.Write([]byte{0})
		i.sum.Write(p)
	}
	return i.sum.Sum(i.buf[:0])
}

// derive counts the content as seen once more.
func (i *identity) derive(content []byte) string {
	digest := i.digest(content)
	key := binary.BigEndian.Uint64(digest)
	i.seen[key]++
	id := make([]byte, 0, 2*16+11)
	id = hex.AppendEncode(id, digest[:16])
	id = append(id, '.')
	return string(strconv.AppendUint(id, uint64(i.seen[key]), 10))
}

// claim takes a running id for a row of a sheet. It returns the key of the
// record, and the row that has the id already: with the same content, or with
// another.
func (i *identity) claim(sheet, id string, content uint32, row int) (key string, earlier int, same bool) {
	digest := i.digest([]byte(sheet), []byte(id))
	short := binary.BigEndian.Uint64(digest)
	if c, taken := i.running[short]; taken {
		earlier, same = int(c.row), c.content == content
	} else {
		i.running[short] = claimed{content, int32(row)}
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], content)
	return hex.EncodeToString(i.digest([]byte(sheet), []byte(id), b[:])[:16]) + ".r", earlier, same
}

// contentOf is what tells two suggestions with the same id apart: 32 bits of the
// SHA-256 of title and text. How they are spaced and how lines end does not count.
func contentOf[T string | []byte](title, text T) uint32 {
	var room [2048]byte // most suggestions fit: no garbage
	b := append(appendWords(room[:0], title), 0)
	sum := sha256.Sum256(appendWords(b, text))
	return binary.BigEndian.Uint32(sum[:])
}

// appendWords appends the words of a text with one space between them.
func appendWords[T string | []byte](b []byte, text T) []byte {
	begin, space := len(b), false
	for i := 0; i < len(text); {
		size := 1
		switch {
		case !beginsSpace[text[i]]:
			for i+size < len(text) && !beginsSpace[text[i+size]] {
				size++
			}
		case text[i] < utf8.RuneSelf:
			space = true
			i++
			continue
		default:
			var r rune
			if r, size = utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))])); unicode.IsSpace(r) {
				space = true
				i += size
				continue
			}
		}
		if space && len(b) > begin {
			b = append(b, ' ')
		}
		space = false
		b = append(b, text[i:i+size]...)
		i += size
	}
	return b
}

// beginsSpace are the bytes that white space begins with.
var beginsSpace = func() (set [256]bool) {
	var b [utf8.UTFMax]byte
	for r := range rune(0x3001) { // the last is U+3000
		if unicode.IsSpace(r) {
			utf8.EncodeRune(b[:], r)
			set[b[0]] = true
		}
	}
	return set
}()

// OtherContent is the error for a record whose id an earlier one has, with other
// content. where says where that one stands: a line or row, or a place in the
// stream.
func OtherContent(file string, rec *Record, where phrase.Text) *RecordError {
	return &RecordError{File: file, Line: rec.Line, Row: rec.Row, Reason: ReasonOtherID, Err: phrase.Errorf(
		"%w: its id belongs to another suggestion (%s); give each its own id, or --id none to know them by their content", ErrSameID, where)}
}
