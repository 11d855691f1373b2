package scheduler

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"

	"github.com/restorectl/restorectl/providers/aurora"
)

// ErrNoAnswer says that a call was sent to a scheduler and that no whole answer came back. The scheduler may have done it.
var ErrNoAnswer = errors.New("no answer came; the call may have been carried out")

// nothingLoaded and alreadyLoaded are what a scheduler answers to recovery calls that don't fit what it has loaded (seen on 0.22.0).
const (
	nothingLoaded = "No backup loaded."
	alreadyLoaded = "Another backup is already loaded."
)

// ResponseError is an answer other than OK. Code 6, ERROR_TRANSIENT, means that the scheduler is not ready yet; all others are
// final.
type ResponseError struct {
	// Scheduler is the scheduler's name, Method the call.
	Scheduler, Method string
	Code              aurora.ResponseCode
	// Message is what the scheduler said; it may be empty.
	Message string
}

// Error names the call, the code and the message.
func (e *ResponseError) Error() string {
	said := "without a message"
	if e.Message != "" {
		said = fmt.Sprintf("%q", e.Message)
	}
	return fmt.Sprintf("%s on %s: the scheduler answered code %d, %s, %s", e.Method, e.Scheduler, int32(e.Code), e.Code, said)
}

// Transient says that the same call may succeed later.
func (e *ResponseError) Transient() bool { return e.Code == aurora.ErrorTransient }

// ExceptionError is a Thrift exception in place of an answer. A scheduler with BASIC authentication answers so to a call without
// credentials (seen on 0.22.0).
type ExceptionError struct {
	Scheduler, Method string
	// Type is the number of the TApplicationException; 6 is an internal error, 1 a method that the release does not know.
	Type    int32
	Message string
}

// Error gives the exception and what it means.
func (e *ExceptionError) Error() string {
	const internal = 6
	s := fmt.Sprintf("%s on %s: the scheduler answered with the exception %q, type %d", e.Method, e.Scheduler, e.Message, e.Type)
	if e.Type == internal && strings.HasPrefix(e.Message, "Internal error processing") {
		s += "; a scheduler that wants BASIC credentials answers so to a call without them"
	}
	return s
}

// StatusError is an HTTP status other than 200.
type StatusError struct {
	Scheduler string
	// What is the call or the path.
	What   string
	Status int
	// Location is where a redirect leads to.
	Location string
	// Challenge is the WWW-Authenticate header of a 401.
	Challenge string
}

// Error gives the status and what it means.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("%s on %s: HTTP %d %s", e.What, e.Scheduler, e.Status, http.StatusText(e.Status))
	switch e.Status {
	case http.StatusUnauthorized:
		s += fmt.Sprintf(" (%s): the credentials are wrong or missing", e.Challenge)
	case http.StatusServiceUnavailable:
		s += ": the scheduler knows no leader"
	case http.StatusTemporaryRedirect:
		s += ": the scheduler names another as the leader, " + e.Location
	}
	return s
}

// ConnectError says that no connection to a scheduler's port came about, so that nothing was sent.
type ConnectError struct {
	Scheduler string
	// Address is what was tried on the scheduler's host.
	Address string
	Err     error
}

// Error names the address and the cause.
func (e *ConnectError) Error() string {
	return fmt.Sprintf("no connection to %s on %s: %v", e.Address, e.Scheduler, e.Err)
}

// Unwrap gives the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// Refused says that the host was reached and nothing listens on the port.
func (e *ConnectError) Refused() bool { return errors.Is(e.Err, syscall.ECONNREFUSED) }

func refused(err error) bool {
	var c *ConnectError
	return errors.As(err, &c) && c.Refused()
}

// unauthenticated says that a scheduler asks who calls.
func unauthenticated(err error) bool {
	var s *StatusError
	return errors.As(err, &s) && s.Status == http.StatusUnauthorized
}

func transient(err error) bool {
	var r *ResponseError
	return errors.As(err, &r) && r.Transient()
}

// answered says whether the scheduler's message, in an answer of code 2, is the given one.
func answered(err error, message string) bool {
	var r *ResponseError
	return errors.As(err, &r) && r.Code == aurora.Failure && r.Message == message
}

// notSent says that the call can't have been carried out, for want of a connection.
func notSent(err error) bool {
	var c *ConnectError
	return errors.As(err, &c)
}
