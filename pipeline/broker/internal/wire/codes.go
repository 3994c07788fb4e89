package wire

import (
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// IsLost reports whether a compare-and-set failed because the expected revision is
// not the newest any more. Replicated streams answer with another code than
// others.
func IsLost(err error) bool {
	return HasCode(err, jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// isNotFound reports whether there is no such message.
func isNotFound(err error) bool {
	return errors.Is(err, jetstream.ErrMsgNotFound) || HasCode(err, jetstream.JSErrCodeMessageNotFound)
}

// HasCode reports whether the broker answered with one of the codes.
func HasCode(err error, codes ...jetstream.ErrorCode) bool {
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
