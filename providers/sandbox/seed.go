package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/aurora/logentry"
	"github.com/restorectl/restorectl/providers/log/replica"
)

// filler is how many entries a log gets that has no state to hold, so that there is something to damage.
const filler = 20

// seedLog writes a replica as a scheduler left it: voting, with everything learned. Without a snapshot, and with nothing to damage
// it is as mesos-log initialize leaves it.
func seedLog(dir string, snapshot *aurora.Snapshot, entries bool) (err error) {
	db, err := leveldb.OpenFile(dir, &opt.Options{ErrorIfExist: true})
	if err != nil {
		return fmt.Errorf("the log %s can't be made: %w", dir, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var payloads [][]byte
	switch {
	case snapshot != nil:
		payloads, err = logentry.Snapshot(snapshot, logentry.DefaultMaxEntry)
	case entries:
		for range filler {
			noop, err := logentry.Noop()
			if err != nil {
				return err
			}
			payloads = append(payloads, noop)
		}
	}
	if err != nil {
		return fmt.Errorf("the log %s can't be made: %w", dir, err)
	}
	promised := uint64(0)
	batch := new(leveldb.Batch)
	if len(payloads) > 0 {
		promised = 1
		// A new log's first writer begins with a NOP.
		put := func(a replica.Action) {
			a.Promised, a.Performed, a.Learned = promised, &promised, true
			batch.Put(replica.Key(a.Position), replica.EncodeAction(a))
		}
		put(replica.Action{Type: replica.Nop})
		for i, p := range payloads {
			put(replica.Action{Position: uint64(i) + 1, Type: replica.Append, Bytes: p})
		}
	}
	batch.Put([]byte(replica.MetadataKey), replica.EncodeMetadata(replica.Voting, promised))
	if err := db.Write(batch, &opt.WriteOptions{Sync: true}); err != nil {
		return fmt.Errorf("the log %s can't be written: %w", dir, err)
	}
	// The real library compacts whenever it opens a log.
	return db.CompactRange(util.Range{})
}

// damage is how many bytes of a log's table are changed.
const damage = 300

// damageLog turns over bytes in the middle of a log's largest table.
func damageLog(dir string) error {
	tables, err := filepath.Glob(filepath.Join(dir, "*.ldb"))
	if err != nil {
		return err
	}
	largest, size := "", int64(0)
	for _, t := range tables {
		info, err := os.Stat(t)
		if err != nil {
			return err
		}
		if info.Size() > size {
			largest, size = t, info.Size()
		}
	}
	if largest == "" {
		return fmt.Errorf("the log %s has no table to damage", dir)
	}
	text, err := os.ReadFile(largest)
	if err != nil {
		return err
	}
	// The end of a table holds what leads to its blocks: a log without that could not even be opened.
	from := max(0, min(len(text)*2/3, len(text)-damage-200))
	for i := from; i < min(from+damage, len(text)-100); i++ {
		text[i] ^= 0xff
	}
	return os.WriteFile(largest, text, 0o644) //nolint:gosec // The mode of such files.
}
