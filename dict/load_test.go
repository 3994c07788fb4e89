package dict

import "testing"

func TestDefault(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if got := d.NumSubThemes(); got < 22 {
		t.Errorf("%d sub-themes in the default dictionary, want the 22 of the design at least", got)
	}
	if len(d.Version()) != 16 {
		t.Errorf("version %q, want 16 hex digits", d.Version())
	}
	if theme, sub, ok := d.Lookup("livelihood/education"); !ok || d.Themes[theme].SubThemes[sub].Name.Zh != "教育" {
		t.Errorf("Lookup(livelihood/education) = %d, %d, %v", theme, sub, ok)
	}
}
