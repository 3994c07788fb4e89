// Package workbench measures what a dictionary does to a corpus, for the analyst who
// tunes it: how accurate it is ([Evaluate]), what each keyword contributes
// ([Cover]), in which contexts a word occurs ([Concordance]), which words are
// typical of a sub-theme ([FindKeyness], [Suggest]), what a change of the dictionary
// changes ([Compare]), and which dictionary can be learned from labelled messages
// ([Learn]).
//
// Every measurement is a plain value that can be written as text of 80 columns for a
// terminal, as JSON, and, for an evaluation, as a page of HTML. The same corpus,
// dictionary and options give the same bytes, however many processors work.
//
// A corpus is read as a stream: memory does not grow with it, except where a comment
// says so. Text of messages gets into a report only as a sample, in which phone
// numbers, identity numbers, bank cards and e-mail addresses are masked ([Mask]). It
// never gets into an error.
//
// The package measures; it does not edit dictionaries, and prints nothing.
package workbench
