package mesoslog

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/syndtr/goleveldb/leveldb/opt"
)

// initialized is the record of a replica that votes and has promised nothing.
var initialized = [...]byte{0x08, 0x03, 0x22, 0x04, 0x08, statusVoting, 0x10, 0x00}

// initialize makes an empty log one that votes.
func initialize(t *tool, given map[string]string) (err error) {
	d, err := t.open(given["path"])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if d.status != statusEmpty {
		return errors.New("The log is not empty")
	}
	if err := t.room(); err != nil {
		return fmt.Errorf("Failed to update replica metadata: IO error: %w", err)
	}
	if err := d.db.Put([]byte(metadataKey), initialized[:], &opt.WriteOptions{Sync: true}); err != nil {
		return fmt.Errorf("Failed to update replica metadata: %w", err)
	}
	t.log("replica.cpp:343", "Persisted replica status to VOTING")
	return nil
}

// read prints the actions of a log.
func read(t *tool, given map[string]string) (err error) {
	d, err := t.open(given["path"])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	from, to := d.begin, d.end
	for name, n := range map[string]*uint64{"from": &from, "to": &to} {
		if v, ok := given[name]; ok {
			if *n, err = strconv.ParseUint(v, 10, 64); err != nil {
				return err
			}
		}
	}
	t.log("read.cpp:141", "Attempting to read the log from %d to %d", from, to)
	switch {
	case to < from:
		return errors.New("Bad read range (to < from)")
	case from < d.begin:
		return errors.New("Bad read range (truncated position)")
	case d.end < to:
		return errors.New("Bad read range (past end of log)")
	}
	for _, e := range d.entries {
		if e.position < from || e.position > to {
			continue
		}
		if _, err := fmt.Fprintf(t.stdout, "----------------------------------------------\n%s", text(e.message)); err != nil {
			return err
		}
	}
	return nil
}
