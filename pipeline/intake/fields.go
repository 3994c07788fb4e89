package intake

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// walkObject calls visit for each member of the object: the key with its
// quotes, the value as it stands and where it begins. The text must be valid JSON; what is not an
// object has no members. Nothing is decoded, and nothing below the first level
// is looked at.
func walkObject(text []byte, visit func(key, value []byte, start int)) {
	i := spaceEnd(text, 0)
	if i == len(text) || text[i] != '{' {
		return
	}
	for i++; ; i++ { // behind { or ,
		i = spaceEnd(text, i)
		if text[i] == '}' {
			return
		}
		keyEnd := valueEnd(text, i)
		key := text[i:keyEnd]
		i = spaceEnd(text, spaceEnd(text, keyEnd)+1) // behind the colon
		end := valueEnd(text, i)
		visit(key, text[i:end], i)
		if i = spaceEnd(text, end); text[i] == '}' {
			return
		}
	}
}

func spaceEnd(text []byte, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}

// valueEnd returns the end of the value that begins at i.
func valueEnd(text []byte, i int) int {
	depth := 0
	for {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		default:
			if depth == 0 { // a number or a word
				for i < len(text) && !isSpace(text[i]) && !bytes.ContainsRune([]byte(",}]:"), rune(text[i])) {
					i++
				}
				return i
			}
		}
		if i++; depth == 0 {
			return i
		}
	}
}

func keyIs(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key[1:len(key)-1]) == name
	}
	return stringOf(key) == name
}

// idOf is the id that a JSON value stands for: the content of a string, the
// digits of a number as written; "" for anything else. A string that is not
// text (invalid UTF-8, half a surrogate pair) would decode to U+FFFD, where
// different ids meet; it stands for itself, undecoded.
func idOf(value []byte) string {
	if len(value) == 0 {
		return ""
	}
	switch c := value[0]; {
	case c == '"':
		id := stringOf(value)
		if strings.ContainsRune(id, utf8.RuneError) {
			return string(value[1 : len(value)-1])
		}
		return id
	case c == '-' || '0' <= c && c <= '9':
		return string(value)
	}
	return ""
}

// stringOf decodes a JSON string; "" for any other value.
func stringOf(value []byte) string {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return "" // cannot be: the value is valid JSON
	}
	return s
}
