package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// Manifest says what is in a backup. Its JSON shape is stable.
type Manifest struct {
	Schema  int       `json:"schema"`
	Taken   time.Time `json:"taken"`
	Server  string    `json:"server"` // version of the server that it was taken from
	Streams []Stream  `json:"streams"`
	Tallies []Tally   `json:"tallies"`
}

// Stream is one of the subfolders.
type Stream struct {
	Name     string `json:"name"`
	Messages uint64 `json:"messages"`
	First    uint64 `json:"first"`
	Last     uint64 `json:"last"`
	Archive  string `json:"archive"` // file, below the folder of the backup
	Bytes    int64  `json:"bytes"`   // of the file
	SHA256   string `json:"sha256"`  // of the file, in hex
}

// Tally is how far a tally was counted when the backup began.
type Tally struct {
	Tally    string    `json:"tally"`
	Dict     string    `json:"dict"`
	Current  bool      `json:"current"`
	Frontier uint64    `json:"frontier"`
	AsOf     time.Time `json:"as_of,omitzero"`
	Stored   uint64    `json:"stored"`
	pipeline.Outcomes
}

// Progress is told how far a backup or a restore has come; functions that are nil are not
// called.
type Progress struct {
	// Moved: so many bytes of the archive of a stream are copied. total is 0 where it is
	// not known.
	Moved func(stream string, done, total int64)
	// Done: a stream is copied.
	Done func(Stream)
}

func (p Progress) moved(stream string, done, total int64) {
	if p.Moved != nil {
		p.Moved(stream, done, total)
	}
}

func (p Progress) done(s Stream) {
	if p.Done != nil {
		p.Done(s)
	}
}

// Errors of this package.
var (
	// ErrNotABackup: the folder has no manifest, or a file is not what the manifest says.
	ErrNotABackup = phrase.New("not a complete backup")
	// ErrInTheWay: the broker has a stream that would be restored.
	ErrInTheWay = phrase.New("a stream of that name is there")
	// ErrExists: the folder has something in it.
	ErrExists = phrase.New("the folder is not empty")
)

const (
	manifestFile   = "minyi-backup.json"
	manifestSchema = 1
	configFile     = "backup.json" // the nats CLI's name for it
)

// order returns the streams in the order in which they are taken: what was counted
// before what it was counted from. Deltas come before tasks: a task that is done, and
// whose delta is missing, is worked again; a delta of a range that was planned
// otherwise would leave a gap.
func order(n broker.Names) []string {
	return []string{
		n.BucketStream, n.KeysStream, n.Deltas, n.Tasks, "KV_" + n.Tallies, "KV_" + n.Dicts, "KV_" + n.Labels, n.Published, n.History,
		"KV_" + n.Positions, n.Suggestions,
	}
}

// Read reads the manifest of a folder, and checks that all its files are there and what
// they were. The error wraps [ErrNotABackup].
func Read(dir string) (Manifest, error) {
	var m Manifest
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return m, phrase.Errorf("%w: %s: %w", ErrNotABackup, dir, err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, phrase.Errorf("%w: %s: %w", ErrNotABackup, manifestFile, err)
	}
	if m.Schema != manifestSchema {
		return m, phrase.Errorf("%w: %s: schema %d, and this minyi knows %d", ErrNotABackup, manifestFile, m.Schema, manifestSchema)
	}
	for _, s := range m.Streams {
		if !filepath.IsLocal(s.Archive) || !filepath.IsLocal(s.Name) {
			return m, phrase.Errorf("%w: %q is outside the folder", ErrNotABackup, s.Archive)
		}
		sum, size, err := digest(filepath.Join(dir, s.Archive))
		switch {
		case err != nil:
			return m, phrase.Errorf("%w: %w", ErrNotABackup, err)
		case sum != s.SHA256 || size != s.Bytes:
			return m, phrase.Errorf("%w: %s has %d bytes and the digest %s; it had %d and %s", ErrNotABackup, s.Archive, size, sum, s.Bytes, s.SHA256)
		}
	}
	return m, nil
}

func digest(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
