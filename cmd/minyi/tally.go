package main

import (
	"github.com/spf13/cobra"
)

// tallyCommand holds the commands about tallies: which there are, how they differ,
// and which of them readers are shown.
func (a *app) tallyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tally",
		Short: "List, compare, promote and retire tallies on a live fleet",
		Long: `List, compare, promote and retire tallies on a live fleet.

A tally is the counts of a stream by one dictionary. minyi dict publish begins a
new one beside the current one; every running worker counts it without a restart.
When it has caught up, compare the two, and promote it: readers are then shown
the new one, and never a mixture. docs/operators.md says what each state and
verdict means.`,
		Example: `  minyi dict publish mine --by li --reason "new keywords for schools"
  minyi tally list
  minyi tally promote TALLY --when-ready`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(
		a.tallyListCommand(),
		a.tallyShowCommand(),
		a.tallyDiffCommand(),
		a.tallyJudgeCommand(),
		a.tallyPromoteCommand(),
		a.tallyRollbackCommand(),
		a.tallyRetireCommand(),
		a.tallyHistoryCommand(),
	)
	return cmd
}
