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

// plainObject tells of most suggestions, at a fifth of the cost of json.Valid, that they
// are valid JSON: objects of strings without escapes, numbers of digits alone, and
// null. false means nothing.
func plainObject(text []byte) bool {
	i := spaceEnd(text, 0)
	if i == len(text) || text[i] != '{' {
		return false
	}
	for i++; ; i++ { // behind { or ,
		if i = plainString(text, spaceEnd(text, i)); i < 0 {
			return false
		}
		if i = spaceEnd(text, i); i == len(text) || text[i] != ':' {
			return false
		}
		i = spaceEnd(text, i+1)
		switch {
		case i == len(text):
			return false
		case text[i] == '"':
			if i = plainString(text, i); i < 0 {
				return false
			}
		case bytes.HasPrefix(text[i:], []byte("null")):
			i += len("null")
		case '1' <= text[i] && text[i] <= '9':
			for i < len(text) && '0' <= text[i] && text[i] <= '9' {
				i++
			}
		default:
			return false
		}
		switch i = spaceEnd(text, i); {
		case i == len(text):
			return false
		case text[i] == '}':
			return spaceEnd(text, i+1) == len(text)
		case text[i] != ',':
			return false
		}
	}
}

// plainString returns the end of a string without escapes that begins at i, or -1.
func plainString(text []byte, i int) int {
	if i == len(text) || text[i] != '"' {
		return -1
	}
	i++
	n := bytes.IndexByte(text[i:], '"')
	if n < 0 {
		return -1
	}
	for _, c := range text[i : i+n] {
		if c < ' ' || c == '\\' {
			return -1
		}
	}
	return i + n + 1
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
func stringOf(value []byte) string { return string(bytesOf(value, false)) }

// bytesOf is stringOf without a copy where the string stands as it is. valid: it is
// known to be UTF-8.
func bytesOf(value []byte, valid bool) []byte {
	if len(value) == 0 || value[0] != '"' {
		return nil
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 && (valid || utf8.Valid(inner)) {
		return inner
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return nil // cannot be: the value is valid JSON
	}
	return []byte(s)
}
