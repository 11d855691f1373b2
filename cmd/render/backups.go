package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// Backups lists what is in the schedulers' backup_dirs and in the stores. Backups with the same content have the same digest.
func Backups(w io.Writer, found []planner.BackupSight, problems map[string]string, now time.Time) error {
	out := &printer{w: w}
	copies := map[string]int{}
	for i := range found {
		copies[found[i].SHA256]++
	}
	for i := range found {
		b := &found[i]
		if b.Problem != "" {
			out.line("%s  NO GOOD: %s", b.Where(), b.Problem)
			continue
		}
		same := ""
		if n := copies[b.SHA256]; n > 1 {
			same = fmt.Sprintf(", the same in %d places", n)
		}
		out.line("%s  %s, %s old, %s, %d bytes, sha256 %.12s%s", b.Where(), b.Time.Format(time.RFC3339), planner.Age(now.Sub(b.Time)),
			plural(b.Tasks, "task"), b.Size, b.SHA256, same)
		for _, why := range b.Refusals {
			out.line("    a scheduler would refuse it: %s", why)
		}
		for _, why := range b.LaterRefusals {
			out.line("    a scheduler of 0.20 or later would refuse it: %s", why)
		}
	}
	if len(found) == 0 {
		out.line("There is no backup.")
	}
	for _, name := range slices.Sorted(maps.Keys(problems)) {
		out.line("%s: could not be read: %s", name, problems[name])
	}
	return out.err
}
