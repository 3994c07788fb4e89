// Package wire is the one place that looks at the protocol of NATS itself,
// below what the client library offers, and only where that is needed for speed
// or for certainty.
//
//	interceptor.go  takes deliveries out of the byte stream before the library
//	                copies and queues them
//	dialer.go       puts an interceptor into each connection of a client
//	readconn.go     the pool of such connections: one range is read on each
//	reply.go        the numbers in the reply subject of a delivery
//	leader.go       asks the leader of a stream, never a replica that may lag
//	codes.go        what the error codes of the broker mean
//
// It guarantees that the library gets every byte that is not a wanted delivery,
// unchanged and in order, and that bytes which it does not understand are the
// library's too. It knows nothing of what the messages hold, and imports nothing
// of minyi.
package wire
