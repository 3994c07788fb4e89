package broker

import (
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Errors that a caller may branch on. They are wrapped with what was being
// done, and, where there is one, with the remedy.
var (
	// ErrAddressInUse: another process listens on the address.
	ErrAddressInUse = errors.New("address is in use")
	// ErrDataLocked: another process uses the data folder.
	ErrDataLocked = errors.New("data folder is in use by another process")
	// ErrDataUnusable: the data folder cannot be made or written to.
	ErrDataUnusable = errors.New("data folder cannot be used")
	// ErrServerFailed: the embedded server did not start.
	ErrServerFailed = errors.New("embedded NATS server failed")
	// ErrConnect: no connection to the broker.
	ErrConnect = errors.New("cannot connect to NATS")
	// ErrNoJetStream: the broker has no JetStream for this account.
	ErrNoJetStream = errors.New("JetStream is not enabled")
	// ErrServerTooOld: the broker cannot store batches atomically.
	ErrServerTooOld = errors.New("NATS server is too old")
	// ErrUnsuited: a stream exists with settings that do not suit.
	ErrUnsuited = errors.New("stream does not suit")
	// ErrNoTally: there is no tally of that name, or none is current.
	ErrNoTally = errors.New("no such tally")
	// ErrBusy: no consistent view could be had in time.
	ErrBusy = errors.New("counts are changing too quickly")
)

// isLost tells whether a compare-and-set failed. Replicated streams answer with
// another code than others.
func isLost(err error) bool {
	return hasCode(err, jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// isNotFound tells whether there is no such message.
func isNotFound(err error) bool {
	return errors.Is(err, jetstream.ErrMsgNotFound) || hasCode(err, jetstream.JSErrCodeMessageNotFound)
}

func hasCode(err error, codes ...jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		var js jetstream.JetStreamError
		if !errors.As(err, &js) || js.APIError() == nil {
			return false
		}
		api = js.APIError()
	}
	for _, c := range codes {
		if api.ErrorCode == c {
			return true
		}
	}
	return false
}
