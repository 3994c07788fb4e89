package send

import (
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// fault is what an error of a publish means for the message.
type fault int

const (
	faultRetry  fault = iota // stored or not: look, then repeat
	faultRefuse              // this message will never be taken
	faultFull                // no message is taken until there is room
	faultFatal               // no message will ever be taken
)

// Codes of the server that the client has no names for.
const (
	codeAccountExceeded  jetstream.ErrorCode = 10002
	codeNoResources      jetstream.ErrorCode = 10023
	codeMemoryExceeded   jetstream.ErrorCode = 10028
	codeStorageExceeded  jetstream.ErrorCode = 10047
	codeStoreFailed      jetstream.ErrorCode = 10077
	codeHeaderTooLarge   jetstream.ErrorCode = 10097
	codeDuplicateInQueue jetstream.ErrorCode = 10158
)

func faultOf(err error) fault {
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api):
		return apiFault(api)
	case errors.Is(err, nats.ErrMaxPayload):
		return faultRefuse
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrBadSubject),
		errors.Is(err, nats.ErrHeadersNotSupported), errors.Is(err, jetstream.ErrInvalidOption):
		return faultFatal
	}
	return faultRetry // disconnected, timed out, no responders, stalled, buffer full
}

func apiFault(err *jetstream.APIError) fault {
	switch err.ErrorCode {
	case jetstream.JSErrCodeStreamMessageExceedsMaximum, codeHeaderTooLarge:
		return faultRefuse
	case codeAccountExceeded, codeNoResources, codeMemoryExceeded, codeStorageExceeded:
		return faultFull
	case codeStoreFailed: // the text of the storage's own error
		for _, full := range []string{"maximum bytes exceeded", "maximum messages exceeded", "maximum messages per subject exceeded", "no space left"} {
			if strings.Contains(err.Description, full) {
				return faultFull
			}
		}
		if strings.Contains(err.Description, "too large") {
			return faultRefuse
		}
		return faultRetry
	case codeDuplicateInQueue:
		return faultRetry
	}
	if err.Code >= 500 {
		return faultRetry
	}
	return faultFatal
}
