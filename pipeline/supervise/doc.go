// Package supervise runs a worker for each tally that is wanted.
//
// What is wanted is said on the broker, in one record a tally ([Wanted]): somebody
// publishes a dictionary, and every process counts it from then on beside the current
// tally, without a restart; somebody retires a tally, and every process stops counting
// it. A process says of each tally what it does with it ([WorkerState]), so that it is
// known who counts what, and who cannot and why.
//
// The package guarantees that a tally is never counted with a dictionary, or by a
// version of the classifier, that its spec does not name: such a worker refuses, says so,
// and leaves the tally to others. It decides nothing about counts: those depend on
// package pipeline alone, whoever starts and stops its workers.
//
//	wanted.go      what is wanted, and what workers say of it
//	event.go       what happened to tallies: the entries of the history
//	ports.go       what a supervisor needs of a broker
//	supervisor.go  which workers run
//	run.go         one tally from its dictionary to the end of its worker
//	shares.go      how the tallies of a process share its processors
package supervise
