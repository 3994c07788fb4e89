// Package workbench measures what a dictionary does to a corpus, for the analyst
// who retunes it: how right it is ([Evaluate]), what each keyword contributes
// ([Cover]), where a word stands ([Concordance]), which words mark a sub-theme
// ([FindKeyness], [Suggest]), what a change of the dictionary changes ([Compare]),
// and which dictionary labelled messages would make ([Learn]).
//
// Every measurement is a plain value with three renderings: text of 80 columns
// for a terminal, JSON, and for an evaluation a page of HTML. The same corpus,
// dictionary and options give the same bytes, however many processors work.
//
// A corpus is read as a stream: memory does not grow with it, except where a
// comment says so. What a message says reaches a report only as a sample, with
// phone numbers, identity numbers, bank cards and e-mail addresses masked
// ([Mask]), and never an error.
//
// The package measures; it does not edit dictionaries, and prints nothing.
package workbench
