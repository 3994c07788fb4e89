package dict

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("theme.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("theme.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asEditorsRead returns a file in the form in which an editor validates it.
func asEditorsRead(t interface{ Fatal(...any) }, src []byte) any {
	var value any
	if err := yaml.Unmarshal(src, &value); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSchemaTakesTheDefault(t *testing.T) {
	schema := compileSchema(t)
	names, err := fs.Glob(embedded, "themes/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		src, err := DefaultSource(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asEditorsRead(t, src)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaTakesWhatMarshalWrites: no editor reports a fault in a file that minyi
// wrote, whatever words it has.
func TestSchemaTakesWhatMarshalWrites(t *testing.T) {
	schema := compileSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		d, err := New(genThemes().Draw(t, "themes"))
		if err != nil {
			t.Fatal(err)
		}
		for name, file := range marshalAll(t, d) {
			if err := schema.Validate(asEditorsRead(t, file.Data)); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, file.Data)
			}
		}
	})
}

func TestSchemaRefusesWhatParseRefuses(t *testing.T) {
	schema := compileSchema(t)
	sub := func(s string) string { return "theme: a\nsubthemes:\n- id: b\n  keywords: []\n" + s }
	keyword := func(s string) string { return "theme: a\nsubthemes:\n- id: b\n  keywords: [" + s + "]\n" }
	for _, src := range []string{
		"subthemes: []\n", "theme: a\n", "theme: A\nsubthemes: [{id: b, keywords: []}]\n", "theme: a\nsubthemes: []\n",
		"theme: a\nsubthemes: [{id: b}]\n", "theme: a\nsubthemes: [{keywords: []}]\n", "theme: a\nname: x\nsubthemes: [{id: b, keywords: []}]\n",
		sub("relative_threshold: 1.1\n"), sub("relative_threshold: -0.1\n"), sub("relative_threshold: x\n"), sub("  relative_threshold: 0.4\n"),
		sub("threshold_length: 1.5\n"), sub("threshold_length: -1\n"), sub("threshold_length: 1000001\n"), sub("  threshold_length: 16\n"),
		sub("title_weight: 0\n"), sub("title_weight: 1.5\n"), sub("title_weight: 10\n"), sub("title_weight: two\n"), sub("  title_weight: 2\n"),
		sub("  wieght: 1\n"), sub("  aspect: livelyhood\n"), sub("  threshold: 0\n"), sub("  threshold: x\n"), sub("  name: {de: x}\n"),
		sub("  examples: [{text: x}]\n"), sub("  examples: [{text: ' ', expect: []}]\n"), sub("  examples: [{expect: []}]\n"),
		sub("  examples: [{text: x, expect: [b]}]\n"), sub("  examples: [{text: x, expect: [a/b, a/b]}]\n"),
		keyword("''"), keyword("' x'"), keyword("{weight: 1}"), keyword("{word: x, weight: 0}"), keyword("{word: x, weight: 1001}"),
		keyword("{word: x, match: part}"), keyword("{word: x, token: yes please}"), keyword("{word: x, unless: y}"), keyword("{word: x, within: 3}"),
		keyword("{all: [x], within: 9}"), keyword("{all: [x, y]}"), keyword("{all: [x, y], within: 1.5}"), keyword("{all: [x, y], within: 9, match: whole}"),
		keyword("{word: x, all: [x, y], within: 9}"), keyword("[x]"), keyword(strings.Repeat("长", 65)),
	} {
		if _, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte(src)}}); err == nil {
			t.Errorf("Parse takes\n%s", src)
		}
		if err := schema.Validate(asEditorsRead(t, []byte(src))); err == nil {
			t.Errorf("the schema takes\n%s", src)
		}
	}
}

// TestSchemaKnowsTheAspects checks the aspects and the limits, which both code and
// schema have.
func TestSchemaAgreesWithTheRules(t *testing.T) {
	var schema struct {
		Definitions struct {
			Word     struct{ MaxLength int }
			Weight   struct{ Minimum, Maximum float64 }
			Subtheme struct {
				Properties struct {
					Aspect    struct{ Enum []string }
					Threshold struct{ Maximum float64 }
				}
			}
		}
	}
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	d := schema.Definitions
	if !slices.Equal(d.Subtheme.Properties.Aspect.Enum, aspectIDs()) {
		t.Errorf("aspects %v, want %v", d.Subtheme.Properties.Aspect.Enum, aspectIDs())
	}
	if d.Word.MaxLength != maxWordRunes || d.Weight.Maximum != maxWeight || d.Weight.Minimum != -maxWeight || d.Subtheme.Properties.Threshold.Maximum != maxThreshold {
		t.Errorf("limits differ: %+v", d)
	}
}
