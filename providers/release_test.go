package providers

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/planner"
)

// TestWhatIsRefusedByARelease has a backup as releases before 0.17 wrote it.
func TestWhatIsRefusedByARelease(t *testing.T) {
	always, later := []string{"a cron job"}, []string{"a quota"}
	for name, tt := range map[string]struct {
		releases          []string
		refusals, doubted []string
	}{
		"nobody answers":        {[]string{"", ""}, always, later},
		"something else":        {[]string{"unknown"}, always, later},
		"0.12":                  {[]string{"", "0.12.0"}, always, nil},
		"0.19":                  {[]string{"0.19.1"}, always, nil},
		"0.20":                  {[]string{"0.20.0-SNAPSHOT"}, []string{"a cron job", "a quota"}, nil},
		"in the midst of going": {[]string{"0.19.1", "0.22.0", "0.19.1"}, []string{"a cron job", "a quota"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var hosts []planner.Host
			for _, r := range tt.releases {
				hosts = append(hosts, planner.Host{HTTP: planner.HTTP{Release: r}})
			}
			refusals, doubts := refused(releaseOf(hosts), always, later)
			if diff := cmp.Diff([][]string{tt.refusals, tt.doubted}, [][]string{refusals, doubts}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
