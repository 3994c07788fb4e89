package pipeline

import "slices"

// Livelihood is the id of the theme of people's livelihood.
const Livelihood = "livelihood"

var livelihoodAreas = []string{
	Livelihood + "/education", Livelihood + "/employment", Livelihood + "/healthcare",
	Livelihood + "/housing", Livelihood + "/elderly_care", Livelihood + "/social_security",
}

// LivelihoodAreas returns the six sub-themes of livelihood that the consultation of 2022
// named in its report, in its order. A dictionary need not have all of them.
func LivelihoodAreas() []string { return slices.Clone(livelihoodAreas) }
