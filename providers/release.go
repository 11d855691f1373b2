package providers

import (
	"fmt"
	"slices"

	"github.com/restorectl/restorectl/planner"
)

// resourcesOnly is the minor number of the first release that knows amounts as resources only: 0.20.
const resourcesOnly = 20

// releaseOf is the latest release that a scheduler says it is, empty where none does.
func releaseOf(hosts []planner.Host) string {
	latest := ""
	for i := range hosts {
		if r := hosts[i].HTTP.Release; minor(r) > minor(latest) {
			latest = r
		}
	}
	return latest
}

// minor is the number after "0.", -1 where there is none.
func minor(release string) int {
	n := 0
	if _, err := fmt.Sscanf(release, "0.%d", &n); err != nil {
		return -1
	}
	return n
}

// refused gives what schedulers of a release refuse to stage in a backup, and what is left in doubt where the release is not known.
func refused(release string, always, later []string) (refusals, doubts []string) {
	switch n := minor(release); {
	case n < 0:
		return always, later
	case n < resourcesOnly:
		return always, nil
	}
	return slices.Concat(always, later), nil
}
