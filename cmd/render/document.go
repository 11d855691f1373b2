package render

import (
	"fmt"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// document is a review that goes where no restorectl is, into a ticket or a mail, and so says which plan it shows. The same plan gives the
// same document: ages are those at the time when the plan was made.
type document struct {
	*review
	Facts []fact
}

// fact is a thing to know of the plan file itself.
type fact struct{ Name, Value string }

func newDocument(p *planner.Plan, digest string) *document {
	d := &document{review: newReview(p, p.Created)}
	add := func(name, value string) { d.Facts = append(d.Facts, fact{name, value}) }
	add("sha256", digest)
	add("Made", fmt.Sprintf("%s by restorectl %s from %s", p.Created.UTC().Format(time.RFC3339), p.Tool, p.Restore.Path))
	add("Valid until", p.Expires.UTC().Format(time.RFC3339))
	if p.Remedy != "" {
		add("Remedy", string(p.Remedy))
	}
	if a := p.Restore.Approval; a.Required > 0 {
		add("Approvals", fmt.Sprintf("%d of the persons in %s must sign it", a.Required, a.AllowedSigners))
	}
	return d
}
