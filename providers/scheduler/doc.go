// Package scheduler speaks to the HTTP ports of Aurora schedulers, as if from their own hosts: what a scheduler says of itself on
// /vars, which of several leads, and the recovery calls on /api that stage a backup, show it and commit it.
//
// An error tells what is known of the call. *ResponseError: the scheduler answered that it did not do it. *StatusError,
// *ExceptionError: it was refused before it was done. *ConnectError: it was never sent. ErrNoAnswer: it was sent and no answer came,
// so that it may have been done; such a call is looked into and never repeated blindly.
package scheduler
