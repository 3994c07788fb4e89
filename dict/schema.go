package dict

import (
	_ "embed"
	"slices"
)

//go:embed theme.schema.json
var themeSchema []byte

// Schema returns the JSON Schema (draft 7) of a theme file, with which editors
// complete keys and show faults while one types. It says the shape of a file;
// Parse knows more, such as words that are there twice. The slice is the
// caller's own.
func Schema() []byte { return slices.Clone(themeSchema) }
