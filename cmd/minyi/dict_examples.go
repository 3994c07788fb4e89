package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
)

func (a *app) dictTestCommand() *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Classify the examples of a dictionary and compare",
		Long: `Classify the examples that stand beside the keywords, and compare: each must be
tagged with all that it expects and nothing that it forbids. One that is not is
shown with the reason. Exit code 1 if there is any.`,
		Example: `  minyi dict test --dict mine`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.loadClassifier(dir)
			if err != nil {
				return err
			}
			report, err := workbench.RunExamples(c, a.language())
			if err != nil {
				return err
			}
			text := func(w io.Writer) error { return report.Text(w, a.reader(c.Dictionary())) }
			if err := a.report(report, c.Dictionary().Version(), text, asJSON); err != nil {
				return err
			}
			if n := len(report.Failed); n > 0 {
				return checkError("%s", a.say("%d of %d examples failed", n, report.Examples))
			}
			return nil
		},
	}
	dictFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
