package main

import (
	"errors"
	"io"
	"sort"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// Every flag may also come from the environment (--nats-listen is
// MINYI_NATS_LISTEN) or from the configuration file (nats-listen: …). The
// command line wins over the environment, that over the file, that over the
// default.

const envPrefix = "MINYI_"

// flagSource names where the value of a flag came from.
const flagSource = "minyi-source"

// unconfigurable are flags that only make sense on a command line.
var unconfigurable = map[string]bool{"config": true, "help": true, "version": true}

// configure fills the flags of cmd that the command line left alone.
func (a *app) configure(cmd *cobra.Command) error {
	flag, _ := cmd.Root().PersistentFlags().GetString("config")
	path, named := a.configPath(flag)
	settings, err := readConfig(path, named, func(name string) bool { return a.knownFlag(cmd.Root(), name) })
	if err != nil {
		return err
	}
	environment := a.environment()
	var faults []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if unconfigurable[f.Name] {
			return
		}
		value, inEnvironment := environment[f.Name]
		s, inFile := settings[f.Name]
		switch {
		case f.Annotations[flagSource] != nil:
			return // minyi config has been here before: the flag is one of all commands
		case f.Changed:
			annotate(f, "command line")
			return
		case inEnvironment:
			name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			if err := f.Value.Set(value); err != nil {
				faults = append(faults, phrase.Errorf("%s: %s: %w", name, f.Name, err))
			}
			annotate(f, name)
		case inFile:
			if err := s.set(f); err != nil {
				faults = append(faults, phrase.Errorf("configuration %s: %s: %w", s.at, f.Name, err))
			}
			annotate(f, path)
		default:
			annotate(f, "default")
			return
		}
		f.Changed = true
	})
	if err := errors.Join(faults...); err != nil {
		return err
	}
	return a.checkLanguage()
}

// environment returns the variables of minyi by the names of flags: the value
// of MINYI_NATS_LISTEN under nats-listen. Of a variable that is given twice the
// last value counts, as in os/exec.
func (a *app) environment() map[string]string {
	values := map[string]string{}
	for _, variable := range a.env {
		name, value, _ := strings.Cut(variable, "=")
		if name, ok := strings.CutPrefix(name, envPrefix); ok {
			values[strings.ReplaceAll(strings.ToLower(name), "_", "-")] = value
		}
	}
	return values
}

// knownFlag tells whether any command has a flag of this name.
func (a *app) knownFlag(cmd *cobra.Command, name string) bool {
	if cmd.Flags().Lookup(name) != nil || cmd.PersistentFlags().Lookup(name) != nil {
		return !unconfigurable[name]
	}
	for _, sub := range cmd.Commands() {
		if a.knownFlag(sub, name) {
			return true
		}
	}
	return false
}

func annotate(f *pflag.Flag, source string) {
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[flagSource] = []string{source}
}

func (a *app) configCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print every setting, its value and where that came from",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.printConfig(cmd.Root())
		},
	}
}

// printConfig lists the settings of all commands, one a line.
func (a *app) printConfig(root *cobra.Command) error {
	type shown struct{ name, command, value, source string }
	var settings []shown
	var walk func(cmd *cobra.Command) error
	walk = func(cmd *cobra.Command) error {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			return nil
		}
		if err := a.configure(cmd); err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if unconfigurable[f.Name] {
				return
			}
			source := "default"
			if s := f.Annotations[flagSource]; len(s) == 1 {
				source = s[0]
			}
			path := strings.TrimSpace(strings.TrimPrefix(cmd.CommandPath(), root.Name()))
			settings = append(settings, shown{f.Name, path, withoutSecrets(f.Value.String()), source})
		})
		for _, sub := range cmd.Commands() {
			if err := walk(sub); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(root); err != nil {
		return err
	}
	sort.SliceStable(settings, func(i, j int) bool {
		if settings[i].command != settings[j].command {
			return settings[i].command < settings[j].command
		}
		return settings[i].name < settings[j].name
	})
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("命令", "COMMAND")}, {Title: a.inLanguage("设置", "SETTING")}, {Title: a.inLanguage("值", "VALUE")}, {Title: a.inLanguage("出处", "FROM")},
	}}
	for _, s := range settings {
		switch s.source {
		case "default":
			s.source = a.inLanguage("默认", s.source)
		case "command line":
			s.source = a.inLanguage("命令行", s.source)
		}
		t.Row(s.command, s.name, s.value, s.source)
	}
	_, err := io.WriteString(a.stdout, t.String())
	return err
}
