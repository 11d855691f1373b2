package render

import (
	"io"

	"github.com/restorectl/restorectl/planner"
)

// Claims writes which runs are open on a cluster, where their records are, and who works on it now.
func Claims(w io.Writer, o *planner.Observation) error {
	out := &printer{w: w}
	claims := o.Claims()
	if len(claims) == 0 {
		out.line("No run is open.")
	}
	for _, c := range claims {
		out.line("Open: %s", c)
		if o.Lock != nil && o.Lock.Run != nil && o.Lock.Run.Run == c.Run {
			out.line("  on record in ZooKeeper")
		}
		for i := range o.Hosts {
			for _, r := range o.Hosts[i].OpenRuns() {
				if r.ID == c.Run {
					out.line("  on record on %s", o.Hosts[i].Name)
				}
			}
		}
	}
	for i := range o.Hosts {
		if p := o.Hosts[i].Problem; p != "" {
			out.line("%s can't be looked at: %s", o.Hosts[i].Name, p)
		}
	}
	worker(out, o.Lock)
	return out.err
}

// worker writes who works on the cluster now.
func worker(out *printer, l *planner.Lock) {
	if who, ok := l.Worker(); ok {
		out.line("Lock: held now by %s", who)
	} else {
		out.line("Lock: nobody works on the cluster now")
	}
	if l != nil && l.Problem != "" {
		out.line("  ZooKeeper could not be asked: %s", l.Problem)
	}
}
