package workbook

import (
	"fmt"
	"regexp"
	"strings"
)

// The XML of a workbook cannot hold every character. Excel writes those that it
// cannot as _x000D_, and the first _ of a text that reads so already as _x005F_.
// excelize reads these codes, but does not write them.
//
// The code of _ is written with a small f: excelize files a text under what it
// would be with codes of its own, in which the F is a capital, and takes another
// text that is that for the same one ("_x000D_", then "_x005F_x000D_").

// code is what reads like the beginning of a code, without its _.
var code = regexp.MustCompile(`_(x[0-9a-fA-F]{4})`)

// EscapeCodes returns a text, which must be UTF-8, as the file has to hold it.
func EscapeCodes(s string) string {
	if strings.Contains(s, "_x") {
		s = code.ReplaceAllString(s, "_x005f_$1")
	}
	if !strings.ContainsFunc(s, notInXML) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if notInXML(r) {
			fmt.Fprintf(&b, "_x%04X_", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func notInXML(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff
}
