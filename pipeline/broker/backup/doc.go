// Package backup moves all that belongs to the tallies of a broker to a folder, and
// onto a broker.
//
// Each stream is a subfolder in the format of the nats CLI, as the server hands it out:
// sequences and times of storage stay what they are, so the tallies stay what they are.
// A manifest says what is in the folder, with the digest of each file, and how far each
// tally was counted.
//
// Workers may go on while a backup is taken: what is derived is taken before what it is
// derived from (see order), so whatever a stream has beyond the others is counted again
// after a restore, once. A stream that did not exist yet is not in the folder, and is
// made by the worker that needs it.
package backup
