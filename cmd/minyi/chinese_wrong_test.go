package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestWrongUsageInChinese: of every command, a flag that there is not, a value that a flag
// cannot have, one argument too many and none at all are refused without English.
func TestWrongUsageInChinese(t *testing.T) {
	t.Parallel()
	words := namesOfCommands()
	var lines [][]string
	everyCommand(&app{}, func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		if slices.Contains(path, "completion") || slices.Contains(path, "help") || len(path) == 0 {
			return
		}
		lines = append(lines, slices.Concat(path, []string{"--nosuch"}), slices.Concat(path, strings.Fields("甲 乙 丙 丁 戊 己")))
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && !f.Hidden && f.Value.Type() != "string" && !strings.HasPrefix(f.Value.Type(), "string") {
				lines = append(lines, slices.Concat(path, []string{"--" + f.Name + "=甲"}))
			}
		})
		if strings.Contains(cmd.Use, " ") && cmd.Args != nil && cmd.Args(cmd, nil) != nil {
			lines = append(lines, path)
		}
	})
	if len(lines) < 150 {
		t.Errorf("only %d lines", len(lines))
	}
	for _, args := range lines {
		seen, code := inChinese(t, args...)
		if code == exitDone && slices.Contains(args, "甲") { // a text to classify
			continue
		}
		if code != exitUsage || seen == "" {
			t.Errorf("minyi %s: exit code %d:\n%s", strings.Join(args, " "), code, seen)
		}
		if found := english(seen, withArgs(words, args)); len(found) > 0 {
			t.Errorf("minyi %s has English words %q:\n%s", strings.Join(args, " "), found, seen)
		}
	}
}
