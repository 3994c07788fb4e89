package textfmt

import "strings"

// Fill breaks the lines of a list at the edge of the terminal, behind a comma of either
// language; what goes on is indented by two. An item wider than a line stays whole.
func Fill(list string) string {
	var out strings.Builder
	for line := range strings.Lines(list) {
		width := 0
		for item := range items(line) {
			if w := Width(strings.TrimRight(item, " \n")); width > 0 && width+w > Columns {
				out.WriteString("\n  ")
				width = 2
			}
			out.WriteString(item)
			width += Width(item)
		}
	}
	return strings.ReplaceAll(out.String(), " \n", "\n")
}

// items cuts a line behind each comma.
func items(line string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line != "" {
			end := len(line)
			for _, comma := range []string{", ", "、", "，"} {
				if i := strings.Index(line, comma); i >= 0 {
					end = min(end, i+len(comma))
				}
			}
			if !yield(line[:end]) {
				return
			}
			line = line[end:]
		}
	}
}
