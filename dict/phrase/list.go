package phrase

// Either lists words of which one is meant: a, b or c.
func Either(words ...string) Text {
	return list(words, func(most Text, last string) Text { return Textf("%s or %s", most, last) })
}

// Both lists words that are all meant: a, b and c.
func Both(words ...string) Text {
	return list(words, func(most Text, last string) Text { return Textf("%s and %s", most, last) })
}

// list joins words by commas, and the last one as join does.
func list(words []string, join func(most Text, last string) Text) Text {
	if len(words) == 0 {
		return Text{}
	}
	most := Textf("%s", words[0])
	for i, word := range words[1:] {
		if i == len(words)-2 {
			return join(most, word)
		}
		most = Textf("%s, %s", most, word)
	}
	return most
}

// Listed lists words: a, b, c.
func Listed[T any](words ...T) Text {
	var all Text
	for i, word := range words {
		if i == 0 {
			all = Textf("%s", word)
			continue
		}
		all = Textf("%s, %s", all, word)
	}
	return all
}

// Several lists sentences that stand beside each other: a; b.
func Several(texts ...Text) Text {
	if len(texts) == 0 {
		return Text{}
	}
	all := texts[0]
	for _, text := range texts[1:] {
		all = Textf("%s; %s", all, text)
	}
	return all
}

// Foreign is a text of another module that is no error of its own, such as the message
// of a parser.
func Foreign(text string) Text { return Text{"%s", []any{foreignWords(text)}} }

// foreignWords is a text that is looked for among the phrases of other modules.
type foreignWords string

// In says the text in a language.
func (w foreignWords) In(l Language) string {
	if zh, ok := foreignText(string(w)); ok && l == Chinese {
		return zh
	}
	return string(w)
}
