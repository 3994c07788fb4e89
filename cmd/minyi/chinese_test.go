package main

import (
	"bytes"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/minyi/minyi/internal/textfmt"
)

// inChinese runs a command line in Chinese, and returns all that a person sees.
func inChinese(t *testing.T, args ...string) (seen string, code int) {
	t.Helper()
	var out bytes.Buffer
	env := []string{"LANG=zh_CN.UTF-8", "HOME=" + t.TempDir(), "XDG_CACHE_HOME=" + cacheOfTests(t)}
	code = run(t.Context(), args, env, strings.NewReader(""), &out, &out)
	return out.String(), code
}

func cacheOfTests(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

// everyCommand calls f with each command of the tree, those of cobra too.
func everyCommand(a *app, f func(*cobra.Command)) {
	root := a.root()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("")
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		f(cmd)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// TestHelpIsTranslated: what stands in the tables of Chinese help is what the commands
// say, no more and no less, and a long text names the flags and commands of the English.
func TestHelpIsTranslated(t *testing.T) {
	t.Parallel()
	said, long := map[string]bool{}, map[string]bool{}
	// "minyi does" and the like are sentences, and no commands.
	named := regexp.MustCompile(`--[a-z-]+|\bminyi (ledger|send|up|work|rejects( export| retry)?|dict (import|eval|learn|publish|export)|tally (list|promote|judge|rollback)|counts|help)\b|docs/[a-z]+`)
	everyCommand(&app{}, func(cmd *cobra.Command) {
		said[cmd.Short] = true
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !f.Hidden {
				said[f.Usage] = true
			}
		})
		if cmd.Long == "" {
			return
		}
		path := cmd.CommandPath()
		long[path] = true
		zh, ok := chineseLong[path]
		if !ok {
			t.Errorf("chineseLong has nothing of %s", path)
			return
		}
		if strings.HasPrefix(path, "minyi completion") || path == "minyi help" {
			return // of cobra
		}
		en, chinese := named.FindAllString(cmd.Long, -1), named.FindAllString(zh, -1)
		slices.Sort(en)
		slices.Sort(chinese)
		if en, chinese := slices.Compact(en), slices.Compact(chinese); !slices.Equal(en, chinese) {
			t.Errorf("the help of %s names %q, in Chinese %q", path, en, chinese)
		}
	})
	for text := range said {
		if chineseHelp[text] == "" && strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("no Chinese for %q", text)
		}
	}
	for text := range chineseHelp {
		if !said[text] {
			t.Errorf("no command says %q", text)
		}
	}
	for path := range chineseLong {
		if !long[path] {
			t.Errorf("chineseLong has %s, which has no long text", path)
		}
	}
}

// Latin words that may stand in Chinese: names of programs, formats and terms that have no
// other name, and of what a person types: commands, flags, ids, files.
var (
	technical = regexp.MustCompile(`\b(minyi|NATS|JetStream|JSON|NDJSON|CSV|XLSX|YAML|Excel|Word|Markdown|SARIF|UTF-8|UTF-16|GBK|Big5|URL|API|TLS|CPU|MB|HTTP|IP|` +
		`Ctrl-C|exporter-toolkit|Prometheus|gse|nkey|nats|Visual Studio Code|Schema|JSON Schema|quanteda|LIWC|WordStat|Lexicoder|` +
		`F1|G2|Rogan|Gladen|Dunning|Rayson|Garside|Hardie|D'Hondt|Krippendorff|kappa|alpha|bash|bash-completion|zsh|fish|powershell|shell|Linux|true|false|none|default|` +
		`MINYI_[A-Z]+|NATS_[A-Z]+|LANG|SUGGESTIONS(_\d+)?|Asia/Shanghai|xNN|Xinhua|base64|PORT|N|A|B|k|n|gzip|ln|unless|within|all|match|whole|token|word|weight)\b`)
	typedWords = regexp.MustCompile(`exporter-toolkit|broker:|--?[a-z][-a-z]*|/?[\w.*~-]*/[\w./:*~-]+|[\w-]+\.(ndjson|csv|xlsx|docx|html|json|yaml|sarif|go|md|lc3|cat|dicx?|ya?ml|txt)\b|\.[a-z]+[0-9]?\b|[a-z0-9]+(_[a-z0-9]+)+|https?://\S+|nats://\S+|[0-9a-f]{12,}`)
	latin      = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// english returns the words of a Chinese text that are not of what a person types, nor
// names. Lines that are indented are examples of what is typed.
func english(text string, words map[string]bool) []string {
	var out []string
	for line := range strings.Lines(text) {
		left := typedWords.ReplaceAllString(line, " ")
		left = technical.ReplaceAllString(left, " ")
		for _, word := range latin.FindAllString(left, -1) {
			if !words[word] {
				out = append(out, word)
			}
		}
	}
	return out
}

// names are the words of commands, and of the values of flags that are typed.
func namesOfCommands() map[string]bool {
	words := map[string]bool{}
	everyCommand(&app{}, func(cmd *cobra.Command) { words[cmd.Name()] = true })
	for _, value := range strings.Fields(`zh en text json debug info warn error day source theme subtheme aspect reason file left right
		previous other id label themes primary title submitted_at expected kind by learned gold pass fail inconclusive
		rejected runner_up margin chance start end keyword score matches dict sources reader pipeline ingest latency memory current
		localhost command broken frobnicate blank undecodable`) {
		words[value] = true
	}
	return words
}

// TestHelpInChinese: the help of every command has no English, and no line of over 80
// columns; nor has the English one.
func TestHelpInChinese(t *testing.T) {
	t.Parallel()
	words := namesOfCommands()
	examples := regexp.MustCompile(`nats stream restore|jiaoyu|shared-keyword|(?m)^  .*(minyi|nats|zcat|echo|source|Out-String).*$|^ *\{.*$|"score".*$|^  教育文体.*$|^  # yaml.*$`)
	everyCommand(&app{}, func(cmd *cobra.Command) {
		args := slices.Concat(strings.Fields(cmd.CommandPath())[1:], []string{"--help"})
		seen, code := inChinese(t, args...)
		if code != exitDone {
			t.Errorf("%s: exit code %d", cmd.CommandPath(), code)
		}
		if found := english(examples.ReplaceAllString(seen, ""), words); len(found) > 0 {
			t.Errorf("%s --help has English words: %q", cmd.CommandPath(), found)
		}
		var en bytes.Buffer
		run(t.Context(), args, []string{"LANG=en_US.UTF-8"}, strings.NewReader(""), &en, io.Discard)
		ofCobra := strings.Contains(cmd.CommandPath(), "completion")
		for _, text := range []string{seen, en.String()} {
			for line := range strings.Lines(text) {
				if n := textfmt.Width(strings.TrimSuffix(line, "\n")); n > textfmt.Columns && !ofCobra && !examples.MatchString(line) {
					t.Errorf("%s --help: %d columns: %s", cmd.CommandPath(), n, line)
				}
			}
		}
	})
}

// TestFailuresInChinese: what goes wrong every day is told without English.
func TestFailuresInChinese(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"bad.ndjson": "{\"text\":\n", "none.csv": "a,b\n1,2\n",
		"config.yaml": "frobnicate: 1\n", "notyaml.yaml": "a: [\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words := namesOfCommands()
	for _, f := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"frobnicate"}, exitUsage, "没有"},
		{[]string{"dict", "frobnicate"}, exitUsage, "minyi dict --help"},
		{[]string{"dict", "evl"}, exitUsage, "您要的是不是 eval"},
		{[]string{"counts", "--nosuch"}, exitUsage, "minyi counts --help 列出它的选项"},
		{[]string{"counts", "--limit"}, exitUsage, "没有 --limit 这个选项"},
		{[]string{"dict", "kwic"}, exitUsage, "要给 2 个参数"},
		{[]string{"dict", "kwic", "x", "y", "--limit", "many"}, exitUsage, "--limit"},
		{[]string{"work", "--wait", "5"}, exitUsage, "5s"},
		{[]string{"--lang", "fr", "version"}, exitUsage, "应为 zh 或 en"},
		{[]string{"send"}, exitUsage, "至少要给 1 个参数"},
		{[]string{"--config", filepath.Join(dir, "config.yaml"), "version"}, exitUsage, "没有"},
		{[]string{"--config", filepath.Join(dir, "notyaml.yaml"), "version"}, exitUsage, "不是 YAML"},
		{[]string{"--config", filepath.Join(dir, "nowhere.yaml"), "version"}, exitUsage, "没有这个文件"},
		{[]string{"send", "--check", dir}, exitUsage, "这是文件夹"},
		{[]string{"up", "--once", dir}, exitUsage, "这是文件夹"},
		{[]string{"send", "--check", filepath.Join(dir, "nowhere.csv")}, exitUsage, "没有这个文件"},
		{[]string{"send", "--check", filepath.Join(dir, "none.csv")}, exitUsage, "没有正文列"},
		{[]string{"send", "--check", filepath.Join(dir, "config.yaml")}, exitUsage, "看不出格式"},
		{[]string{"counts", "--server", "nats://127.0.0.1:1"}, exitEnvironment, "没有可以连接的服务器"},
		{[]string{"counts", "--by", "week"}, exitUsage, "没有"},
		{[]string{"counts", "--from", "yesterday"}, exitUsage, "不是 2022-04-15 这样的日期"},
		{[]string{"dict", "show", "--dict", filepath.Join(dir, "nowhere")}, exitUsage, "没有这个文件"},
		{[]string{"dict", "import", filepath.Join(dir, "bad.ndjson"), "--out", filepath.Join(dir, "x")}, exitUsage, "不是词典的格式"},
		{[]string{"dict", "eval", filepath.Join(dir, "nowhere.csv")}, exitUsage, "没有这个文件"},
		{[]string{"dict", "show", "nowhere"}, exitUsage, "没有子主题"},
	} {
		seen, code := inChinese(t, f.args...)
		if code != f.code || !strings.Contains(seen, f.want) {
			t.Errorf("minyi %s: exit code %d, want %d, and %q in:\n%s", strings.Join(f.args, " "), code, f.code, f.want, seen)
		}
		if found := english(strings.ReplaceAll(seen, dir, "/d"), withArgs(words, f.args)); len(found) > 0 {
			t.Errorf("minyi %s has English words %q:\n%s", strings.Join(f.args, " "), found, seen)
		}
	}
}

// withArgs adds what was typed to words.
func withArgs(words map[string]bool, args []string) map[string]bool {
	words = maps.Clone(words)
	for _, arg := range args {
		for _, word := range latin.FindAllString(arg, -1) {
			words[word] = true
		}
	}
	return words
}
