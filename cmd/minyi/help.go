package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// Help is written here and not by cobra, whose columns are bytes: here a Chinese
// character takes two of the 80 columns. The code has the English text of a command; the
// Chinese of its short text and of its flags stands beside the English in chineseHelp, and
// that of its long text in chineseLong, as it is too long to be a key.

// placeholders are what stands for an argument in a usage line.
var placeholders = regexp.MustCompile(`\b(THEME/SUBTHEME|FILE\.docx|FILE|DIR|MESSAGES|TEXT|SEQ|TALLY|CORPUS|VERSION|ID|WORD|STREAM|FROM\.\.TO|flags|command)\b`)

var chinesePlaceholders = map[string]string{
	"THEME/SUBTHEME": "主题/子主题", "FILE.docx": "文件.docx", "FILE": "文件", "DIR": "文件夹", "MESSAGES": "留言文件", "TEXT": "文本", "SEQ": "序号", "TALLY": "计票",
	"CORPUS": "语料文件", "VERSION": "版本", "ID": "子主题", "WORD": "词", "STREAM": "数据流", "FROM..TO": "首日..末日",
	"flags": "选项", "command": "命令",
}

// usageLine is a usage line in the language of what people read.
func (a *app) usageLine(line string) string {
	if a.lang != "zh" {
		return line
	}
	return placeholders.ReplaceAllStringFunc(line, func(p string) string { return chinesePlaceholders[p] })
}

// longText is what the help of a command begins with.
func (a *app) longText(cmd *cobra.Command) string {
	if long, ok := chineseLong[cmd.CommandPath()]; ok && a.lang == "zh" {
		return filled(strings.Trim(long, "\n"))
	}
	if cmd.Long == "" {
		return a.translated(cmd.Short)
	}
	return filled(paragraphs(cmd.Long))
}

// filled breaks the lines of a text at the edge of the terminal, but for those that are
// indented.
func filled(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, " ") {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, wrapped(line, textfmt.Columns)...)
	}
	return strings.Join(lines, "\n")
}

// paragraphs joins the lines of each paragraph of an English text. Lines that are
// indented show something, and stay as they are.
func paragraphs(text string) string {
	var b strings.Builder
	joins := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		shows := line == "" || strings.HasPrefix(line, " ")
		switch {
		case b.Len() == 0:
		case joins && !shows:
			b.WriteByte(' ')
		default:
			b.WriteByte('\n')
		}
		b.WriteString(line)
		joins = !shows
	}
	return b.String()
}

// translated is the short text of a command, or the text of a flag, in the language of
// what people read.
func (a *app) translated(text string) string {
	if zh, ok := chineseHelp[text]; ok && a.lang == "zh" {
		return zh
	}
	return text
}

// chineseExamples are the words of examples that a person would choose.
var chineseExamples = strings.NewReplacer(
	"--by li", "--by 李", "data protection office", "信息保护办公室", "request of 2022-05-03", "2022-05-03 本人申请",
	"new keywords for schools", "补充学校的关键词", "schools: 3 points more recall", "教育：召回率提高三个百分点",
	"schools are counted twice", "学校重复计算", "replaced in May", "五月已换用新的", "TALLY", "计票",
)

// example is an example in the language of what people read.
func (a *app) example(text string) string {
	if a.lang == "zh" {
		return chineseExamples.Replace(text)
	}
	return text
}

// writeHelp writes what a command does, and how it is called.
func (a *app) writeHelp(cmd *cobra.Command) {
	fmt.Fprintf(a.stdout, "%s\n\n", a.longText(cmd))
	a.writeUsage(a.stdout, cmd)
}

// writeUsage writes how a command is called.
func (a *app) writeUsage(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintln(w, a.say("Usage:"))
	if cmd.Runnable() {
		fmt.Fprintf(w, "  %s\n", a.usageLine(cmd.UseLine()))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s\n", a.usageLine(cmd.CommandPath()+" [command]"))
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\n%s\n%s\n", a.say("Examples:"), a.example(cmd.Example))
	}
	var commands [][2]string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			commands = append(commands, [2]string{"  " + sub.Name(), a.translated(sub.Short)})
		}
	}
	writePairs(w, a.say("Available commands:"), commands)
	writePairs(w, a.say("Flags:"), a.flagUsages(cmd.LocalFlags()))
	writePairs(w, a.say("Flags of all commands:"), a.flagUsages(cmd.InheritedFlags()))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", a.say("%s tells more of a command", a.usageLine(cmd.CommandPath()+" [command] --help")))
	}
}

// writePairs writes what there is and what it is for, in two columns.
func writePairs(w io.Writer, title string, pairs [][2]string) {
	if len(pairs) == 0 {
		return
	}
	const gap, most = 2, 26
	left := 0
	for _, p := range pairs {
		if n := textfmt.Width(p[0]); n <= most {
			left = max(left, n)
		}
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for _, p := range pairs {
		name := p[0]
		if textfmt.Width(name) > left {
			fmt.Fprintln(w, name)
			name = ""
		}
		for _, line := range wrapped(p[1], textfmt.Columns-left-gap) {
			fmt.Fprintf(w, "%s  %s\n", textfmt.Left(name, left), line)
			name = ""
		}
	}
}

// flagUsages are the flags of a set with what they are for and their defaults.
func (a *app) flagUsages(flags *pflag.FlagSet) [][2]string {
	var out [][2]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if f.Name == "help" {
			out = append(out, [2]string{"  -h, --help", a.say("show this help")})
			return
		}
		name := "      --" + f.Name
		if kind := a.kindOf(f); kind != "" {
			name += " " + kind
		}
		usage := a.translated(f.Usage)
		if !slices.Contains([]string{"", "0", "false", "[]", "0s"}, f.DefValue) {
			usage += a.say(" (default %s)", f.DefValue)
		}
		out = append(out, [2]string{name, usage})
	})
	return out
}

// kindOf is what the value of a flag is; nothing for one that is given without a value.
func (a *app) kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return ""
	case "string", "stringArray":
		return a.inLanguage("文本", "string")
	case "stringSlice":
		return a.inLanguage("列表", "list")
	case "int", "uint64", "uint", "int64":
		return a.inLanguage("整数", "number")
	case "float64":
		return a.inLanguage("数", "number")
	case "duration":
		return a.inLanguage("时长", "duration")
	}
	return f.Value.Type()
}

// unknownCommand is the error of a command that there is not among those of cmd.
func unknownCommand(cmd *cobra.Command, name string) error {
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		return usageError("unknown command %q for %s; did you mean %s?", name, cmd.CommandPath(), phrase.Either(near...))
	}
	return usageError("unknown command %q for %s; %s --help lists the commands", name, cmd.CommandPath(), cmd.CommandPath())
}
