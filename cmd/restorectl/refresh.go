package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// refresh plans the restore of the plan file at path anew, says what changed, and writes the new plan in its place. Where nothing changed the
// file stays as it is. False says that there is nothing to apply any more.
func refresh(ctx context.Context, o *operator, path string) (bool, error) {
	then, digest, err := planfile.Read(path)
	if err != nil {
		return false, err
	}
	h, err := session.HistoryOf(session.JournalPath(path, digest), then, digest)
	if err != nil {
		return false, err
	}
	if h.Forward != nil {
		return false, errors.New("the run of this plan has begun, and it goes on by the plan that was reviewed: give `restorectl apply` without --refresh")
	}
	r := then.Restore
	now, err := observeAndPlan(ctx, o, &r, filepath.Dir(path))
	if err != nil {
		return false, err
	}
	changed := planner.Compare(then, now)
	if err := render.Revision(o.out, &changed); err != nil {
		return false, err
	}
	switch {
	case now.HasErrors():
		return false, errors.Join(render.Findings(o.out, now.Findings), errors.New("there is no plan to apply any more: mend what the findings say first; nothing was changed"))
	case len(now.Phases) == 0:
		_, err := fmt.Fprintf(o.out, "%s\n", render.Summary(now))
		return false, err
	case changed.Empty() && time.Now().Before(then.Expires):
		return true, nil
	case changed.RemedyThen != changed.RemedyNow:
		if err := agree(ctx, o, now); err != nil {
			return false, err
		}
	}
	if digest, err = planfile.Write(path, now, nil); err != nil {
		return false, err
	}
	_, err = fmt.Fprintf(o.out, "Written to %s, sha256 %s\n\n", path, digest)
	return true, err
}
