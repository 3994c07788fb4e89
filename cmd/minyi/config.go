package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	path, settings, err := a.readConfigFile(cmd)
	if err != nil {
		return err
	}
	environment := koanf.New(".")
	err = environment.Load(env.Provider(".", env.Opt{
		Prefix: envPrefix,
		TransformFunc: func(k, v string) (string, any) {
			return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(k, envPrefix)), "_", "-"), v
		},
		EnvironFunc: func() []string { return a.env },
	}), nil)
	if err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	var faults []error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case unconfigurable[f.Name]:
		case f.Changed:
			annotate(f, "command line")
		case environment.Exists(f.Name):
			name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			faults = append(faults, fill(f, environment, name))
		case settings.Exists(f.Name):
			faults = append(faults, fill(f, settings, path))
		default:
			annotate(f, "default")
		}
	})
	if err := errors.Join(faults...); err != nil {
		return err
	}
	return a.chooseLanguage()
}

// readConfigFile reads the file that --config or MINYI_CONFIG names, which has
// to be there, or the user's own, which need not.
func (a *app) readConfigFile(cmd *cobra.Command) (path string, k *koanf.Koanf, err error) {
	k = koanf.New(".")
	path, _ = cmd.Flags().GetString("config")
	if path == "" {
		path = a.getenv(envPrefix + "CONFIG")
	}
	named := path != ""
	if !named {
		dir := a.getenv("XDG_CONFIG_HOME")
		if dir == "" && a.getenv("HOME") != "" {
			dir = filepath.Join(a.getenv("HOME"), ".config")
		}
		if dir == "" {
			return "", k, nil
		}
		path = filepath.Join(dir, "minyi", "config.yaml")
	}
	if _, err := os.Stat(path); !named && errors.Is(err, fs.ErrNotExist) {
		return path, k, nil
	}
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return path, nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	for _, key := range k.Keys() {
		if !a.knownFlag(cmd.Root(), key) {
			return path, nil, fmt.Errorf("configuration %s: no flag is called %q; minyi config lists those that are", path, key)
		}
	}
	return path, k, nil
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

// fill sets a flag from a configuration source.
func fill(f *pflag.Flag, k *koanf.Koanf, source string) error {
	value := k.String(f.Name)
	if values := k.Strings(f.Name); len(values) > 0 {
		value = strings.Join(values, ",")
	}
	if err := f.Value.Set(value); err != nil {
		return fmt.Errorf("%s: %s: %w", source, f.Name, err)
	}
	f.Changed = true
	annotate(f, source)
	return nil
}

func annotate(f *pflag.Flag, source string) {
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[flagSource] = []string{source}
}

// chooseLanguage settles --lang: as told, else from the locale, else English.
func (a *app) chooseLanguage() error {
	switch a.lang {
	case "zh", "en":
		return nil
	case "":
	default:
		return fmt.Errorf("--lang %s: zh or en", a.lang)
	}
	a.lang = "en"
	for _, key := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := a.getenv(key); v != "" {
			if strings.HasPrefix(v, "zh") {
				a.lang = "zh"
			}
			break
		}
	}
	return nil
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
	type setting struct{ name, command, value, source string }
	var settings []setting
	var walk func(cmd *cobra.Command) error
	walk = func(cmd *cobra.Command) error {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			return nil
		}
		if err := a.configure(cmd); err != nil {
			return err
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
			settings = append(settings, setting{f.Name, path, f.Value.String(), source})
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
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COMMAND\tSETTING\tVALUE\tFROM")
	for _, s := range settings {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.command, s.name, s.value, s.source)
	}
	return w.Flush()
}
