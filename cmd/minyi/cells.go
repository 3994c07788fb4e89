package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline"
)

// cellOptions limit how many different days and sources are counted on their own.
type cellOptions struct {
	days    string
	sources []string
}

func (o *cellOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.days, "cell-days", "", "FROM..TO: count only these days on their own, all others as before and after (another tally)")
	f.StringSliceVar(&o.sources, "cell-sources", nil, "count only these sources on their own, all others as other (another tally)")
}

// bounds are the limits, none if none is given.
func (o *cellOptions) bounds() (pipeline.CellBounds, error) {
	b := pipeline.CellBounds{Sources: o.sources}
	if o.days != "" {
		from, to, ok := strings.Cut(o.days, "..")
		if !ok {
			return b, usageError("--cell-days %s: give two days, such as 2022-04-15..2022-05-16", o.days)
		}
		b.Days = &pipeline.Days{From: from, To: to}
	}
	b, err := b.Validate()
	if err != nil {
		return b, usageError("%w", err)
	}
	return b, nil
}
