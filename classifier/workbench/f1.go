package workbench

// Counts say how often a class was given to messages, rightly and wrongly.
type Counts struct {
	TruePositives  int `json:"tp"` // messages of the class that were given it
	FalsePositives int `json:"fp"` // messages of other classes that were given it
	FalseNegatives int `json:"fn"` // messages of the class that were not given it
}

// add counts one message: is says whether it belongs to the class, given whether it
// was given the class.
func (c *Counts) add(is, given bool) {
	switch {
	case is && given:
		c.TruePositives++
	case given:
		c.FalsePositives++
	case is:
		c.FalseNegatives++
	}
}

// plus adds other counts.
func (c *Counts) plus(o *Counts) {
	c.TruePositives += o.TruePositives
	c.FalsePositives += o.FalsePositives
	c.FalseNegatives += o.FalseNegatives
}

// Support is how many messages belong to the class.
func (c Counts) Support() int { return c.TruePositives + c.FalseNegatives }

// Precision is the share of messages given the class that belong to it: tp / (tp +
// fp). It is 0 if no message was given the class.
func (c Counts) Precision() float64 { return ratio(c.TruePositives, c.TruePositives+c.FalsePositives) }

// Recall is the share of messages of the class that were given it: tp / (tp + fn).
// It is 0 if no message belongs to the class.
func (c Counts) Recall() float64 { return ratio(c.TruePositives, c.Support()) }

// F1 is the harmonic mean of precision and recall, 2 tp / (2 tp + fp + fn). It is 0
// if no message belongs to the class and none was given it. (van Rijsbergen,
// Information Retrieval, 2nd edition 1979, chapter 7: 1 - E with beta = 1.)
func (c Counts) F1() float64 {
	return ratio(2*c.TruePositives, 2*c.TruePositives+c.FalsePositives+c.FalseNegatives)
}

func ratio(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
