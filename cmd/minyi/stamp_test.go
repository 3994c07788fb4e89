package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline/broker/embedded"
)

// What JSON has to say of where it comes from.
var (
	ofCounts = []string{"tally", "dict", "frontier", "as_of", "schema"}
	ofDict   = []string{"dict", "schema"}
	ofNone   = []string{"schema"} // neither counts nor a dictionary
)

// TestEveryJSONSaysWhereItComesFrom runs each command that has --json, and asks
// everything that answers over HTTP and NATS. It names who forgets to say it, and a
// command that is not here.
func TestEveryJSONSaysWhereItComesFrom(t *testing.T) {
	t.Parallel()
	s := startStamped(t)
	commands := s.commands()
	for _, name := range jsonCommands(new(app).root()) {
		if _, there := commands[name]; !there {
			t.Errorf("minyi %s --json is in no row of this test", name)
		}
	}
	for _, name := range commandOrder(commands) {
		c := commands[name]
		if c.says == nil {
			continue
		}
		args := strings.Fields(name)
		if !slices.Contains(c.args, "--json") {
			c.args = append(c.args, "--json")
		}
		var out, notes bytes.Buffer
		code := run(t.Context(), append(args, c.args...), append(os.Environ(), "LANG=C"), strings.NewReader(c.stdin), &out, &notes)
		if code != exitDone && code != exitCheck {
			t.Errorf("minyi %s: exit code %d\n%s", name, code, &notes)
			continue
		}
		checkStamps(t, "minyi "+name, out.Bytes(), c.says)
	}
	for path, says := range map[string][]string{
		"/counts.json": ofCounts, "/api/v1/counts": ofCounts, "/api/v1/counts?by=day,source": ofCounts, "/api/v1/tallies": ofCounts,
		"/api/v1/counts?by=nothing": ofNone,
	} {
		_, body := get(t, s.page+path)
		checkStamps(t, path, []byte(body), says)
	}
	resp, err := http.Post(s.page+"/api/v1/classify", "text/plain", strings.NewReader("学校"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	checkStamps(t, "/api/v1/classify", body, ofDict)
	s.checkService(t)
}

// checkService asks over NATS.
func (s *stamped) checkService(t *testing.T) {
	nc, err := nats.Connect(s.nats)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for subject, says := range map[string][]string{
		"minyi.counts": ofCounts, "minyi.status": ofCounts, "minyi.classify": {"tally", "dict", "schema"},
	} {
		m, err := nc.RequestWithContext(t.Context(), subject, nil)
		if err != nil {
			t.Errorf("%s: %v", subject, err)
			continue
		}
		checkStamps(t, subject, m.Data, says)
	}
}

// checkStamps wants each object of the output, or each element of an array, to have the
// members.
func checkStamps(t *testing.T, who string, out []byte, says []string) {
	t.Helper()
	objects := 0
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var v any
		if err := d.Decode(&v); err == io.EOF {
			break
		} else if err != nil {
			t.Errorf("%s: %v in %.200s", who, err, out)
			return
		}
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		for _, one := range list {
			object, _ := one.(map[string]any)
			objects++
			for _, member := range says {
				if _, there := object[member]; !there {
					t.Errorf("%s does not say %s: %.300s", who, member, out)
					return
				}
			}
		}
	}
	if objects == 0 {
		t.Errorf("%s printed no JSON: %.200s", who, out)
	}
}

// jsonCommands are the names of all commands with a flag --json.
func jsonCommands(c *cobra.Command) (names []string) {
	if c.Flags().Lookup("json") != nil {
		names = append(names, strings.TrimPrefix(c.CommandPath(), "minyi "))
	}
	for _, sub := range c.Commands() {
		names = append(names, jsonCommands(sub)...)
	}
	return names
}

// stamped is what the commands are run on.
type stamped struct {
	*comparedTallies
	dir   string
	other string // URL of another server, which is empty
}

func startStamped(t *testing.T) *stamped {
	other, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Shutdown)
	s := &stamped{startCompared(t), t.TempDir(), other.URL()}
	if code, body := get(t, s.page+"/counts.json"); code != http.StatusOK {
		t.Fatal(body)
	}
	return s
}

func (s *stamped) file(name, text string) string {
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		panic(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		panic(err)
	}
	return path
}

// report makes a report of the counts, and returns its file.
func (s *stamped) report() string {
	path := filepath.Join(s.dir, "report.docx")
	var notes bytes.Buffer
	if code := run(context.Background(), []string{"report", "--server", s.nats, "--out", path}, append(os.Environ(), "LANG=C"), nil, io.Discard, &notes); code != exitDone {
		panic(notes.String())
	}
	return path
}

type jsonCommand struct {
	after int // commands of a higher number change what those before need
	args  []string
	stdin string
	says  []string
}

func commandOrder(commands map[string]jsonCommand) []string {
	names := make([]string, 0, len(commands))
	for name := range commands {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := commands[a].after - commands[b].after; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names
}

func (s *stamped) commands() map[string]jsonCommand {
	on := func(args ...string) []string { return append(args, "--server", s.nats) }
	d := filepath.Dir(s.file("dict/life.yaml", "theme: life\nname: {zh: 生活, en: Life}\nsubthemes:\n  - id: school\n    name: {zh: 学校, en: Schools}\n    keywords: [{word: 学校, weight: 1}]\n    examples: [{text: 学校, expect: [life/school]}]\n  - id: bus\n    name: {zh: 公交, en: Buses}\n    keywords: [{word: 公交车, weight: 1}]\n"))
	other := filepath.Dir(s.file("other/life.yaml", "theme: life\nname: {zh: 生活, en: Life}\nsubthemes:\n  - id: school\n    name: {zh: 学校, en: Schools}\n    keywords: [{word: 老师, weight: 1}, {word: 学校。, weight: 1}]\n"))
	var labelled strings.Builder
	for i := range 20 {
		fmt.Fprintf(&labelled, `{"id":"l%d","text":"学校太远%d","themes":["life/school"]}`+"\n"+`{"id":"m%d","text":"公交车太少%d","themes":["life/bus"]}`+"\n", i, i, i, i)
	}
	corpus := s.file("corpus.ndjson", labelled.String())
	unread := s.file("unread.ndjson", `{"id":"u","text":"公交车太少"}`+"\n")
	return map[string]jsonCommand{
		"backup":         {args: on(filepath.Join(s.dir, "backup")), says: ofNone}, // of several tallies, each with what it has to say
		"restore":        {after: 1, args: []string{filepath.Join(s.dir, "backup"), "--server", s.other}, says: ofNone},
		"bench":          {}, // it measures for seconds, and says what [app.writeJSON] says
		"classify":       {args: []string{"--dict", d, "学校"}, says: ofDict},
		"counts":         {args: on(), says: ofCounts},
		"dict coverage":  {args: []string{"--dict", d, corpus}, says: ofDict},
		"dict diff":      {args: []string{d, other}, says: ofNone}, // a and b are the versions
		"dict eval":      {args: []string{"--dict", d, corpus}, says: ofDict},
		"dict gold":      {after: 6, args: []string{d, "--add", corpus, "--by", "li"}, says: ofDict},
		"dict keyness":   {args: []string{"--dict", d, corpus}, says: ofDict},
		"dict kwic":      {args: []string{"--dict", d, "学校", corpus}, says: ofDict},
		"dict learn":     {args: []string{"--labels", corpus, "--out", filepath.Join(s.dir, "learned")}, says: ofDict},
		"dict lint":      {args: []string{"--dict", other}, says: ofNone}, // findings
		"dict list":      {args: on(), says: ofDict},
		"dict new":       {args: []string{filepath.Join(s.dir, "new"), "--words", "市容/路灯=路灯,街灯"}, says: ofDict},
		"dict publish":   {after: 1, args: on(d, "--by", "li", "--reason", "a try", "--force"), says: []string{"tally", "dict", "frontier", "schema"}},
		"dict review":    {args: []string{"--dict", d, unread, "--out", filepath.Join(s.dir, "review.csv")}, says: ofDict},
		"dict show":      {args: []string{"--dict", d}, says: ofDict},
		"dict suggest":   {args: []string{"--dict", d, corpus}, says: ofDict},
		"dict test":      {args: []string{"--dict", d}, says: ofDict},
		"dict untagged":  {args: []string{"--dict", d, unread}, says: ofDict},
		"doctor":         {args: on(), says: ofCounts},
		"erase":          {after: 5, args: on("1", "--by", "li", "--reason", "asked for"), says: ofNone},
		"ledger":         {args: on(), says: ofCounts},
		"rejects":        {args: on(), says: ofCounts},
		"report verify":  {args: on(s.report()), says: ofCounts},
		"send":           {args: []string{"--check", corpus}, says: ofNone},
		"tally diff":     {args: on(s.a, s.b), says: []string{"a", "b", "dict_a", "dict_b", "frontier", "as_of", "schema"}},
		"tally history":  {after: 4, args: on(), says: ofNone},
		"tally judge":    {args: on(s.a, s.b, "--by", "li"), stdin: "q\n", says: []string{"a", "b", "schema"}},
		"tally list":     {args: on(), says: ofCounts},
		"tally promote":  {after: 2, args: on(s.b, "--by", "li", "--reason", "a try", "--force"), says: ofCounts},
		"tally retire":   {after: 4, args: on(s.b, "--by", "li", "--reason", "done"), says: ofCounts},
		"tally rollback": {after: 3, args: on("--by", "li", "--reason", "back"), says: ofCounts},
		"tally show":     {args: on(s.a), says: ofCounts},
		"up":             {args: []string{"--once", "--dict", d, "--data", filepath.Join(s.dir, "up"), "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0", corpus}, says: ofCounts},
		"version":        {says: ofDict},
	}
}
