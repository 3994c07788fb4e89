package phrase

var dictionaries = map[string]string{}
