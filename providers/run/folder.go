// Package run keeps what one run of restorectl leaves on a host: a folder with the run's record, the saved originals of edited
// files, and the quarantine of the replica's log. The folder lies on the log's filesystem, belongs to root and has mode 0700.
//
//	<parent>/<run id>/run.json            the record
//	<parent>/<run id>/saved/<name>        an original, and <name>.json what became of it
//	<parent>/<run id>/quarantine/log      the log that stood before the run
//	<parent>/<run id>/discarded/log       the log that a rollback took away again
//	<parent>/<run id>/backup/<name>       the shipped backup
package run

import (
	"context"

	"github.com/restorectl/restorectl/providers/host"
)

// Folder is a run's folder on one host.
type Folder struct {
	Host host.Host
	// Parent is the folder that holds the folders of all runs, ID the run's id.
	Parent string
	ID     string
}

// Locator gives a run's folder on the host of the named scheduler.
type Locator interface {
	Folder(ctx context.Context, scheduler string) (*Folder, error)
}
