package report

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The files are valid by the schemas of ECMA-376 and by the further rules of the Open XML
// SDK, whose validator reads them: the order of elements, required attributes, relations,
// references to styles and charts. The workbook behind a chart is a file of its own.
func TestSchema(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob(filepath.Join("..", "..", "bin", "npm", "node_modules", "@xarsh", "ooxml-validator-*", "ooxml-validator"))
	if err != nil || len(all) == 0 {
		t.Fatalf("the validator is missing: make test-deps installs it (%v)", err)
	}
	r := full(t, Chinese)
	document := docxOf(t, r)
	var sheets bytes.Buffer
	if err := r.Xlsx(&sheets); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"r.docx": document, "r.xlsx": sheets.Bytes(), "chart.xlsx": []byte(unzip(t, document)["word/embeddings/chart1.xlsx"]),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), all[0], path).Output() // it ends with 1 if there are errors
		var found struct {
			OK     *bool             `json:"ok"`
			Errors []json.RawMessage `json:"errors"`
		}
		if e := json.Unmarshal(out, &found); e != nil || found.OK == nil {
			t.Fatalf("%s: %v, %v: %s", name, err, e, out)
		}
		if !*found.OK || len(found.Errors) > 0 {
			t.Errorf("%s is not valid: %s", name, out)
		}
	}
}
