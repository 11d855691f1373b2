package main

import (
	"errors"
	"fmt"

	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/providers/host"
)

// orWithout adds to the error of a run that lost a host what to do where the host stays dead.
func orWithout(err error) error {
	if !errors.Is(err, session.ErrStopped) || !errors.Is(err, host.ErrUnreachable) {
		return err
	}
	return fmt.Errorf("%w\nIf a host is dead for good: `restorectl revert --without HOST` puts the others back, and before the commit "+
		"`restorectl plan --without HOST` then restores on them", err)
}
