// Package backup owns the backup files of Aurora schedulers: it reads them whole or as a stream, keeps a safe copy of the chosen one on
// every host, and puts it into backup_dir and takes it out again. A backup is one Thrift struct Snapshot in the binary protocol, without
// a length or a checksum, so that a file is only known to be whole when it was decoded to its last byte.
package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
)

// MaxSize bounds how much Read takes into memory, in bytes.
const MaxSize = 4 << 30

// The reasons why a file is no backup. Read's errors wrap one of them.
var (
	// ErrEmpty: the file has no bytes.
	ErrEmpty = errors.New("the file is empty")
	// ErrCutOff: the file ends in the middle of the snapshot.
	ErrCutOff = errors.New("the file is cut off")
	// ErrGarbage: the bytes are no snapshot.
	ErrGarbage = errors.New("the file is damaged, or not a backup")
	// ErrInconsistent: the file decodes, but what it says can't be true.
	ErrInconsistent = errors.New("the backup contradicts itself")
)

// Backup is a backup that was read whole and is sound.
type Backup struct {
	Snapshot aurora.Snapshot
	// Size is in bytes, SHA256 the lower-case hex digest of the file.
	Size   int64
	SHA256 string
}

// CheckName refuses names that no finished backup has: Aurora writes to temp_… and renames when it is done, and takes the name of a
// backup as that of a file right in its backup_dir.
func CheckName(name string) error {
	switch {
	case name == "" || strings.ContainsAny(name, "/\x00") || name == "." || name == "..":
		return fmt.Errorf("%q is not the name of a file in backup_dir", name)
	case strings.HasPrefix(name, "temp_"):
		return fmt.Errorf("%s is a backup that was not finished: Aurora renames it when it is complete", name)
	}
	return nil
}

// Read reads a backup to its end and checks it. Its errors wrap ErrEmpty, ErrCutOff, ErrGarbage or ErrInconsistent where the file
// is to blame, and the reader's error otherwise.
func Read(r io.Reader) (*Backup, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("the backup is larger than %d GiB", int64(MaxSize)>>30)
	}
	if len(data) == 0 {
		return nil, ErrEmpty
	}
	b := &Backup{Size: int64(len(data))}
	sum := sha256.Sum256(data)
	b.SHA256 = hex.EncodeToString(sum[:])
	if err := aurora.Unmarshal(data, &b.Snapshot); err != nil {
		return nil, classify(err, b.Size)
	}
	if problems := b.problems(); len(problems) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrInconsistent, strings.Join(problems, "; "))
	}
	return b, nil
}

// classify tells a file that ends too early from one whose bytes make no sense.
func classify(err error, size int64) error {
	var d *aurora.DecodeError
	if errors.As(err, &d) && d.Offset == size && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return fmt.Errorf("%w after %d bytes, in the middle of the snapshot: %w", ErrCutOff, size, err)
	}
	return fmt.Errorf("%w: %w", ErrGarbage, err)
}

// Time is when the snapshot was taken.
func (b *Backup) Time() time.Time { return time.UnixMilli(b.Snapshot.Timestamp).UTC() }

// maxProblems bounds how many problems are told: a file with thousands has one cause.
const maxProblems = 5

// problems lists what a scheduler can't have written.
func (b *Backup) problems() []string {
	var out []string
	add := func(format string, args ...any) {
		if len(out) < maxProblems {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	if t := b.Time(); t.Year() < 2010 || t.Year() > 2200 {
		add("its time is %s", t.Format(time.RFC3339))
	}
	seen := map[string]bool{}
	for i := range b.Snapshot.Tasks {
		t := &b.Snapshot.Tasks[i]
		id := t.ID()
		switch {
		case id == "":
			add("task number %d has no id", i+1)
		case seen[id]:
			add("task %s is there twice", id)
		case t.AssignedTask.Task == nil:
			add("task %s has no configuration", id)
		}
		seen[id] = true
	}
	return out
}

// digestOfIDs is the SHA-256 of ids joined by line feeds, none at the end.
func digestOfIDs(ids []string) string {
	var buf bytes.Buffer
	for i, id := range ids {
		if i > 0 {
			buf.WriteByte('\n')
		}
		buf.WriteString(id)
	}
	sum := sha256.Sum256(buf.Bytes())
	return hex.EncodeToString(sum[:])
}
