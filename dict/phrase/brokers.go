package phrase

var brokers = map[string]string{}
