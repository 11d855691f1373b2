package render

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// TestEveryFormatShowsReleasedPlans shows a plan of each version of the plan file, with all that a reviewer must see of it.
func TestEveryFormatShowsReleasedPlans(t *testing.T) {
	files, err := filepath.Glob("../../planner/planfile/testdata/formats/*/restore.plan")
	if err != nil || len(files) != planfile.Version {
		t.Fatalf("%d plan files for %d versions, error %v", len(files), planfile.Version, err)
	}
	for _, file := range files {
		p, digest, err := planfile.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		wanted := []string{digest, Summary(p), p.Cluster, p.Expires.Format("2006-01-02T15:04:05Z"), p.Observation.Backup.SHA256, string(p.Remedy), p.Impact.Source}
		for _, f := range p.Findings {
			wanted = append(wanted, f.Code, f.Summary, f.Remedy)
		}
		for _, s := range p.Steps() {
			wanted = append(wanted, s.Host, s.Title, s.Guard, s.Verification)
			for _, c := range s.Changes {
				wanted = append(wanted, c.Subject, c.Before, c.After, c.Where)
			}
			if s.Inverse != nil {
				wanted = append(wanted, s.Inverse.Title)
			}
		}
		for format, write := range map[string]func(io.Writer, *planner.Plan, string) error{"markdown": rendered, "html": HTML} {
			var out bytes.Buffer
			if err := write(&out, p, digest); err != nil {
				t.Fatal(err)
			}
			page := plain(browse(t, out.Bytes()).all)
			for _, text := range append(wanted, p.LeftOut...) {
				if !strings.Contains(page, plain(text)) {
					t.Errorf("%s as %s does not show %q", file, format, text)
				}
			}
		}
	}
}
