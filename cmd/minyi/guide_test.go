package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/pipeline/broker"
)

// TestGuides types what the guides of docs show, in a new folder, and compares
// what comes out; UPDATE_SCRIPTS=1 writes it into them instead.
//
// In a block ```console a line that begins with "$ " is typed, and the lines
// below are what the terminal then shows. A line … stands for any number of
// lines. A table behind <!-- excel: FILE --> is what is done in a workbook: the
// first column says add, delete or change, the second the sheet, the others are
// columns of the sheet. A block behind <!-- file: NAME --> is what a file holds. Behind
// <!-- labels: FILE.xlsx from LABELLED --> a review is filled in (see review).
// NATS_URL is a running minyi up that has counted the examples. The ids of its tallies
// differ from run to run; the guides have those of shownTallies in their place.
func TestGuides(t *testing.T) {
	t.Parallel()
	for file, locale := range map[string]string{
		"docs/analysts.md":       "en_US.UTF-8",
		"docs/analysts.zh-CN.md": "zh_CN.UTF-8",
		"docs/report.md":         "en_US.UTF-8",
		"docs/report.zh-CN.md":   "zh_CN.UTF-8",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(root(t), filepath.FromSlash(file))
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			up := startUp(t, "examples/suggestions.ndjson")
			g := newGuide(t, strings.Split(string(src), "\n"), locale)
			g.serve(up)
			g.walk()
			if g.commands == 0 {
				t.Fatalf("%s shows no command", file)
			}
			if out := strings.Join(g.out, "\n"); out != string(src) {
				if os.Getenv("UPDATE_SCRIPTS") == "" {
					t.Fatalf("%s is out of date; UPDATE_SCRIPTS=1 go test ./cmd/minyi -run TestGuides mends it:\n%s", file,
						cmp.Diff(strings.Split(string(src), "\n"), g.out))
				}
				if err := os.WriteFile(path, []byte(out), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// shownTallies are the ids that the guides show, of the current tally at first and of those
// that are begun later.
var shownTallies = []string{"0a41c2d95e77", "5e0c1f7a9b32"}

// storedAt is the time at which a report says that the last message was stored. It is that
// of the test, and the guides show another.
var storedAt = regexp.MustCompile(`\d\d:\d\d on \d+ \w+ \d{4}|\d{4}年\d+月\d+日\d\d时\d\d分`)

// guide is a walk through a guide: lines that are left, and the lines as they
// should be.
type guide struct {
	conn     *broker.Conn        // nil: no tally is begun while it is walked
	tallies  []string            // in the order in which they were begun
	before   func(string) string // makes what is typed from what is shown; may wait; may be nil
	after    func(string) string // makes what is shown from what came out; may be nil
	t        *testing.T
	in, out  []string
	dir, bin string
	env      []string
	commands int
}

func newGuide(t *testing.T, lines []string, locale string) *guide {
	dir, bin := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.Symlink(self, filepath.Join(bin, "minyi")),
		os.Symlink(filepath.Join(root(t), "examples"), filepath.Join(dir, "examples")),
	)
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), asMinyi+"=1", "NO_COLOR=1", "LANG="+locale, "LC_ALL=", "HOME="+dir,
		"XDG_CACHE_HOME="+cache, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return &guide{t: t, in: lines, dir: dir, bin: bin, env: env}
}

// serve has the commands of the guide talk to a running minyi up.
func (g *guide) serve(up *running) {
	conn, err := broker.Connect(g.t.Context(), broker.Options{URL: up.nats})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(conn.Close)
	g.conn, g.env = conn, append(g.env, "NATS_URL="+up.nats)
	g.lookForTallies()
}

// lookForTallies looks which tallies have been begun since it looked last, and waits until
// they are counted, as a person does.
func (g *guide) lookForTallies() {
	var all []broker.ListedTally
	for behind := true; behind; {
		var err error
		if all, err = g.conn.Tallies().List(g.t.Context()); err != nil {
			g.t.Fatal(err)
		}
		behind = slices.ContainsFunc(all, func(t broker.ListedTally) bool { return t.Info == nil || t.Lag > 0 })
	}
	for _, t := range all {
		if !slices.Contains(g.tallies, t.Tally) {
			g.tallies = append(g.tallies, t.Tally)
		}
	}
	if len(g.tallies) > len(shownTallies) {
		g.t.Fatalf("%d tallies, and names for %d", len(g.tallies), len(shownTallies))
	}
}

// next takes a line over.
func (g *guide) next() string {
	line := g.in[0]
	g.in = g.in[1:]
	g.out = append(g.out, line)
	return line
}

func (g *guide) walk() {
	for len(g.in) > 0 {
		line := g.next()
		if line == "```console" {
			for len(g.in) > 0 && g.in[0] != "```" {
				g.command()
			}
			if len(g.in) > 0 {
				g.next() // the end of the block, which is no begin of another
			}
		}
		if file, ok := strings.CutPrefix(line, "<!-- file: "); ok {
			g.file(strings.TrimSuffix(file, " -->"))
		}
		if file, ok := strings.CutPrefix(line, "<!-- excel: "); ok {
			g.workbook(strings.TrimSuffix(file, " -->"))
		}
		if what, ok := strings.CutPrefix(line, "<!-- labels: "); ok {
			g.review(strings.TrimSuffix(what, " -->"))
		}
	}
}

// command types one command and puts what came out in the place of what was
// shown.
func (g *guide) command() {
	typed, ok := strings.CutPrefix(g.next(), "$ ")
	if !ok {
		g.t.Fatalf("a block does not begin with a command but with %q", g.out[len(g.out)-1])
	}
	var want []string
	for len(g.in) > 0 && g.in[0] != "```" && !strings.HasPrefix(g.in[0], "$ ") {
		want = append(want, g.in[0])
		g.in = g.in[1:]
	}
	for i, tally := range g.tallies {
		typed = strings.ReplaceAll(typed, shownTallies[i], tally)
	}
	if g.before != nil {
		typed = g.before(typed)
	}
	cmd := exec.CommandContext(g.t.Context(), "sh", "-c", typed)
	cmd.Dir, cmd.Env = g.dir, g.env
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > exitUsage) {
		g.t.Fatalf("%s: %v\n%s", typed, err, output)
	}
	g.commands++
	if g.conn != nil {
		g.lookForTallies()
	}
	text := string(output)
	for i, tally := range g.tallies {
		text = strings.ReplaceAll(text, tally, shownTallies[i])
	}
	text = storedAt.ReplaceAllStringFunc(text, func(at string) string {
		if strings.Contains(at, "年") {
			return "2022年5月16日09时30分"
		}
		return "09:30 on 16 May 2022"
	})
	if g.after != nil {
		text = g.after(text)
	}
	var got []string
	for line := range strings.Lines(text) {
		got = append(got, strings.TrimRight(line, " \r\n"))
	}
	g.out = append(g.out, elide(got, want)...)
}

// elide leaves out of got what want leaves out.
func elide(got, want []string) []string {
	before := slices.Index(want, "…")
	if before < 0 {
		return got
	}
	after := len(want) - 1 - before
	if before+after >= len(got) {
		return got
	}
	return slices.Concat(got[:before], []string{"…"}, got[len(got)-after:])
}

// file writes the block that comes next to a file.
func (g *guide) file(name string) {
	g.next() // the begin of the block
	var content strings.Builder
	for len(g.in) > 0 && g.in[0] != "```" {
		content.WriteString(g.next() + "\n")
	}
	g.next()
	if err := os.WriteFile(filepath.Join(g.dir, name), []byte(content.String()), 0o666); err != nil {
		g.t.Fatal(err)
	}
}

// workbook does to a workbook what the table says that comes next.
func (g *guide) workbook(file string) {
	path := filepath.Join(g.dir, file)
	book, err := excelize.OpenFile(path)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	var head []string
	for len(g.in) > 0 && (g.in[0] == "" || strings.HasPrefix(g.in[0], "|")) {
		line := g.next()
		if line == "" || strings.HasPrefix(line, "|-") || strings.HasPrefix(line, "| -") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if head == nil {
			head = cells
			continue
		}
		if err := editRow(book, head, cells); err != nil {
			g.t.Fatalf("%s: %s: %v", file, line, err)
		}
	}
	if err := book.Save(); err != nil {
		g.t.Fatal(err)
	}
}

// editRow does one line of a table in a workbook.
func editRow(book *excelize.File, head, cells []string) error {
	sheet := cells[1]
	rows, err := book.GetRows(sheet)
	if err != nil {
		return err
	}
	column := func(key string) int {
		return slices.IndexFunc(rows[0], func(h string) bool { return strings.HasPrefix(h, key+" ") })
	}
	at := len(rows) // the first empty row, from 0
	if cells[0] != "add" && cells[0] != "添加" {
		at = slices.IndexFunc(rows, func(row []string) bool {
			for i := 2; i < len(head); i++ {
				c := column(head[i])
				if (head[i] == "subtheme" || head[i] == "keyword") && (c >= len(row) || row[c] != cells[i]) {
					return false
				}
			}
			return true
		})
	}
	if at < 0 {
		return errors.New("there is no such row")
	}
	if cells[0] == "delete" || cells[0] == "删除" {
		return book.RemoveRow(sheet, at+1)
	}
	for i := 2; i < len(head); i++ {
		name, err := excelize.CoordinatesToCellName(column(head[i])+1, at+1)
		if err != nil {
			return err
		}
		if head[i] == "weight" {
			err = book.SetCellDefault(sheet, name, cells[i])
		} else {
			err = book.SetCellStr(sheet, name, cells[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
