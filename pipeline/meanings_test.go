package pipeline

import (
	"testing"

	"github.com/minyi/minyi/internal/measure"
)

// Every column that a table of counts may have is explained in its workbook.
func TestMeaningsOfColumns(t *testing.T) {
	for _, by := range [][]Dimension{{ByDay}, {BySource}, {ByTheme}, {BySubTheme}, {ByAspect}, {ByReason}} {
		table := Table{By: by, Compared: true, Measure: &measure.Measure{}, CloseCalls: map[string]uint64{}}
		for _, column := range table.Header() {
			if meanings[column].IsZero() {
				t.Errorf("by %s: column %s has no meaning", by[0], column)
			}
		}
	}
}
