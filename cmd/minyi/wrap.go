package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/internal/textfmt"
)

// maxShownRunes is how much of a text is shown at most.
const maxShownRunes = 1500

// wrapped cuts a text into lines of at most so many columns. Its own line ends stay, and
// what could control a terminal is written out.
func wrapped(text string, columns int) []string {
	if runes := []rune(text); len(runes) > maxShownRunes {
		text = string(runes[:maxShownRunes]) + "…"
	}
	var lines []string
	for part := range strings.Lines(printable(text)) {
		part = strings.TrimRight(part, "\n")
		for textfmt.Width(part) > columns {
			end := breakBefore(part, columns)
			lines = append(lines, strings.TrimRight(part[:end], " "))
			part = strings.TrimLeft(part[end:], " ")
		}
		lines = append(lines, part)
	}
	return lines
}

// breakBefore returns where a line has to end: after as much as fits, not inside a word of
// letters or digits unless it is too long, and not before a mark that ends something.
func breakBefore(line string, columns int) int {
	const longWord = 24
	end, width := 0, 0
	for i, r := range line {
		if width += textfmt.Width(string(r)); width > columns {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	for at, back := end, 0; back < longWord && at > 0; back++ {
		before, size := utf8.DecodeLastRuneInString(line[:at])
		after, _ := utf8.DecodeRuneInString(line[at:])
		if (!inWord(before) || !inWord(after)) && !strings.ContainsRune("，。；：、）！？”》,.;:)", after) {
			return at
		}
		at -= size
	}
	return end
}

// inWord tells whether a character belongs to a word that is written with spaces around it.
func inWord(r rune) bool { return r < utf8.RuneSelf && !unicode.IsSpace(r) }
