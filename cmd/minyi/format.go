package main

import (
	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline"
)

// registerFormat adds the flags that say how a message is read. Another format
// makes another tally: the counts of existing tallies do not change.
func registerFormat(cmd *cobra.Command, o *pipeline.Format) {
	f := cmd.Flags()
	f.StringVar(&o.TextField, "text-field", "", "field of the text (default text)")
	f.StringVar(&o.TitleField, "title-field", "", "field of the title (default title)")
	f.StringVar(&o.SourceField, "source-field", "", "field of the source (default source)")
	f.StringVar(&o.TimeField, "time-field", "", "field of the time (default submitted_at)")
	f.StringVar(&o.Zone, "zone", "", "time zone of days (default Asia/Shanghai)")
	f.IntVar(&o.MaxBytes, "max-bytes", 0, "size in bytes beyond which a message is rejected (default 131072)")
}
