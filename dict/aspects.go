package dict

import "slices"

// aspects holds the nine headings of the consultation in its own order. Messages and
// files refer to them by id; nothing depends on the names.
var aspects = [...]Aspect{
	{"leadership", Name{"坚持和加强党的全面领导", "Party leadership"}},
	{"discipline", Name{"推进全面从严治党", "Full and rigorous self-governance of the Party"}},
	{"development", Name{"把握新发展阶段、贯彻新发展理念、构建新发展格局、推动高质量发展", "High-quality development"}},
	{"reform", Name{"全面深化改革", "Comprehensive reform"}},
	{"democracy", Name{"积极发展全过程人民民主", "Whole-process people's democracy"}},
	{"rule_of_law", Name{"推进全面依法治国", "Law-based governance"}},
	{"culture", Name{"建设社会主义文化强国", "Culture"}},
	{"livelihood", Name{"保障和改善民生", "People's livelihood"}},
	{"ecology", Name{"加强生态文明建设", "Ecological civilisation"}},
}

// Aspects returns the nine headings under which the consultation invited
// suggestions, in its order. The caller may change the slice.
func Aspects() []Aspect { return slices.Clone(aspects[:]) }

// aspectIDs returns the ids of Aspects, in order.
func aspectIDs() []string {
	ids := make([]string, len(aspects))
	for i, a := range aspects {
		ids[i] = a.ID
	}
	return ids
}
