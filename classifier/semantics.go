package classifier

// Semantics identifies everything besides the dictionary that decides a result: the
// segmenter and its words, normalisation, matching and scoring. Results with the
// same Semantics and the same dictionary version are the same bytes. So each change
// of one of these must change Semantics: raise the number at its end. The file
// semantics.golden has hashes of the results of a fixed corpus, and
// TestSemanticsGolden fails if results change and Semantics does not.
const Semantics = "gse-0.80.3-zh_s/3"
