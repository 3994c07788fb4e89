package classifier

// Semantics names everything that decides a result besides the dictionary: the
// segmenter and its words, normalisation, matching and scoring. Results with
// the same Semantics and the same dictionary version are the same bytes. So each
// change of one of these changes Semantics: raise the number at its end. The file
// semantics.golden beside this one holds hashes of the results of a fixed corpus,
// and TestSemanticsGolden fails where results change and Semantics does not.
const Semantics = "gse-0.80.3-zh_s/2"
