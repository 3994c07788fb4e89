package main

import (
	"reflect"
	"testing"
)

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    []string
	}{
		{"", 10, nil},
		{"a\n\nb", 10, []string{"a", "", "b"}},
		{"one two three", 8, []string{"one two", "three"}},
		{"学校放学太早", 6, []string{"学校放", "学太早"}},
		{"学校放学，太早", 8, []string{"学校放", "学，太早"}}, // no line begins with a comma
		{"见 Waudby-Smith 与", 9, []string{"见", "Waudby-Sm", "ith 与"}},
		{"见于 Waudby 与", 12, []string{"见于 Waudby", "与"}},
		{"\x1b[2J", 10, []string{`\x1b[2J`}},
	} {
		if got := wrapped(c.text, c.columns); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q in %d: %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}
