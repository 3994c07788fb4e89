package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// version is the version of the program; NATS shows it of every worker.
const version = "0.1.0"

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of minyi, its dictionary and its semantics",
		Args:  cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			d, err := dict.Default()
			if err != nil {
				return err
			}
			v := struct {
				Version   string `json:"version"`
				Revision  string `json:"revision"`
				Go        string `json:"go"`
				Dict      string `json:"dict"`
				Semantics string `json:"semantics"`
			}{version, buildRevision(), runtime.Version(), d.Version(), classifier.Semantics}
			if asJSON {
				return a.writeJSON(v)
			}
			if v.Revision == noRevision {
				v.Revision = a.say("built without version control")
			}
			fmt.Fprint(a.stdout, a.say("minyi %s (%s), %s\ndefault dictionary %s, classifier semantics %s\n",
				v.Version, v.Revision, v.Go, v.Dict, v.Semantics))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// noRevision is what is said, and written as JSON, where no commit is known.
const noRevision = "built without version control"

// buildRevision says what the program was built from.
func buildRevision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return revisionOf(&debug.BuildInfo{})
	}
	return revisionOf(info)
}

// revisionOf is the commit, where the Go toolchain stamped it; else the version of the module, as go install module@version has
// it; else that no commit is known.
func revisionOf(info *debug.BuildInfo) string {
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return noRevision
}
