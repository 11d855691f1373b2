package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/providers/host"
)

// copyPrefix begins the names of the copies of the run's journal; the term follows.
const copyPrefix = "journal-"

// Copy is a copy of a run's journal on a host.
type Copy struct {
	// Term counts how often the run had been adopted. Whoever adopts it begins a copy of the next term, so that nobody who was cut off
	// writes into it.
	Term int
	// Records are the whole lines; Torn says that half a line follows.
	Records []executor.Record
	Torn    bool
}

// termOf counts the adoptions in a journal.
func termOf(records []executor.Record) int {
	n := 0
	for i := range records {
		if records[i].Kind == executor.EventAdopt {
			n++
		}
	}
	return n
}

// Copy reads the copy with the highest term; false says that there is none.
func (f *Folder) Copy(ctx context.Context) (Copy, bool, error) {
	entries, err := host.ReadDir(ctx, f.Host, f.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return Copy{}, false, nil
	}
	if err != nil {
		return Copy{}, false, err
	}
	c := Copy{Term: -1}
	for _, e := range entries {
		number, ok := strings.CutPrefix(path.Base(e.Path), copyPrefix)
		if n, err := strconv.Atoi(number); ok && err == nil && e.Mode.IsRegular() {
			c.Term = max(c.Term, n)
		}
	}
	if c.Term < 0 {
		return Copy{}, false, nil
	}
	text, _, err := host.ReadFile(ctx, f.Host, f.copyPath(c.Term))
	if err != nil {
		return c, true, err
	}
	if c.Records, err = executor.ParseJournal(bytes.NewReader(text)); err != nil {
		return c, true, fmt.Errorf("%s on %s: %w", f.copyPath(c.Term), f.Host.Name(), err)
	}
	c.Torn = len(text) > len(textOf(c.Records))
	return c, true, nil
}

func (f *Folder) copyPath(term int) string { return f.Path(copyPrefix + strconv.Itoa(term)) }

func textOf(records []executor.Record) []byte {
	var text []byte
	for i := range records {
		text = append(text, records[i].Line...)
	}
	return text
}

// begins says whether the journal begins with the copy's records.
func (c *Copy) begins(records []executor.Record) bool {
	if len(c.Records) > len(records) {
		return false
	}
	for i := range c.Records {
		if !bytes.Equal(c.Records[i].Line, records[i].Line) {
			return false
		}
	}
	return true
}

// Latest gives, of the copies on a run's hosts, by name, the one to go on from, and the name of its host: that of the highest term, and of
// those the longest, which all others of the term must be the beginning of.
func Latest(copies map[string]Copy) (Copy, string, error) {
	var best Copy
	from := ""
	for name, c := range copies {
		longer := c.Term == best.Term && (len(c.Records) > len(best.Records) || len(c.Records) == len(best.Records) && name < from)
		if from == "" || c.Term > best.Term || longer {
			best, from = c, name
		}
	}
	if from == "" {
		return best, "", errors.New("no host has a copy of the run's journal")
	}
	for name, c := range copies {
		if c.Term == best.Term && !c.begins(best.Records) {
			return best, from, fmt.Errorf("the copies of the journal on %s and %s contradict each other: both have been written to, and neither continues the other; "+
				"nothing was changed: compare the two files %s%d in the run's folders, and put the one that is wrong aside", from, name, copyPrefix, best.Term)
		}
	}
	return best, from, nil
}
