package phrase

var files = map[string]string{}
