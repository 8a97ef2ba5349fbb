// Package segment is the tracking API that the clients of Segment and RudderStack speak: it
// reads their calls, corrects their clocks, and answers so that their retries do the right thing.
//
//	body.go     HTTP body → JSON text, by its bytes and not by its headers, bounded when inflated
//	decode.go   JSON text → calls; a bad call is refused alone, the others go on
//	call.go     a call, and the event that it is
//	handler.go  requests, write keys, status codes
//
// Invariants: success is answered only after Sink.Submit returned, that is after the calls are
// durable; a call is given to the sink with a message id, a time and at least one identity, or
// it is refused with a reason that an operator can read.
//
// It may import event, customer, value, clock and fault.
package segment
