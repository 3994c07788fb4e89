package dict

import (
	_ "embed"
	"slices"
)

//go:embed theme.schema.json
var themeSchema []byte

// Schema returns the JSON Schema (draft 7) of a theme file. Editors use it to
// complete keys and to show faults while a person types. It describes the shape of a
// file; Parse checks more, such as words that occur twice. The caller may change the
// slice.
func Schema() []byte { return slices.Clone(themeSchema) }
