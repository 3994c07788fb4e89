package main

import (
	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
)

func (a *app) dictSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a theme file, for editors",
		Long: `Print the JSON Schema of a theme file. With it an editor completes keys, explains
them, and underlines faults while one types. In Visual Studio Code with the YAML
extension, begin each file with the line

  # yaml-language-server: $schema=theme.schema.json`,
		Example: `  minyi dict schema > theme.schema.json`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.data().Write(dict.Schema())
			return err
		},
	}
}
