package planner

import (
	"path"
	"strings"

	"github.com/restorectl/restorectl/config"
)

// HoldFiles are the files of a hold on a unit of systemd: a drop-in of its own in root/etc, and the marker in root/run, which does not outlive a
// boot. The root is empty but in the sandbox.
func HoldFiles(root, unit string) (dropIn, marker string) {
	if !strings.HasSuffix(unit, ".service") {
		unit += ".service"
	}
	return path.Join("/", root, "etc/systemd/system", unit+".d", "zz-restorectl.conf"), path.Join("/", root, "run/restorectl", unit)
}

// hold binds the scheduler's starts to the boot in which its port was blocked: whatever else starts it after a reboot does not succeed.
func (b *builder) hold(h *Host) []Step {
	switch {
	case h.Service.Unheld != "":
		b.leaveOut(h.Name + ": keep " + h.Service.Name + " from starting by itself after a reboot: " + h.Service.Unheld)
		return nil
	case h.Service.DropIn == "":
		return nil
	}
	hold := HoldAction{Op: OpHold, DropIn: h.Service.DropIn, Marker: h.Service.Marker}
	release := hold
	release.Op = OpRelease
	condition := "starts only where " + hold.Marker + " is, which a reboot takes away"
	return []Step{{
		ID: "hold", Title: "keep " + h.Service.Name + " from starting by itself after a reboot", Timeout: Duration(shortStep),
		Action:  Action{Hold: &hold},
		Changes: []Change{{Subject: "service " + h.Service.Name, Before: "starts by itself", After: condition, Where: hold.DropIn}},
		Guard:   "the file is not there", Verification: "the file is there and its supervisor has loaded it",
		Inverse: &Step{
			ID: "release", Title: "let " + h.Service.Name + " start by itself again", Timeout: Duration(shortStep),
			Action:  Action{Hold: &release},
			Changes: []Change{{Subject: "service " + h.Service.Name, Before: condition, After: "starts by itself", Where: hold.DropIn}},
			Guard:   "the settings are restored", Verification: "the file and the marker are gone, and the supervisor has loaded that",
		},
	}}
}

// checkHold says what a reboot in the middle would do where the schedulers can't be held, and what is in a hold's way.
func checkHold(fs *findings, r *config.Restore, o *Observation) {
	var free []string
	for i := range o.Hosts {
		h := &o.Hosts[i]
		if h.Service.Occupied {
			fs.add(Error, "drop-in-exists", h.Name, h.Service.DropIn+" is there already, and the run would write it",
				"see whether another run left it there, or write hold = false in the block \"service\"")
		}
		if h.Service.DropIn == "" && r.Admin.Authentication == "off" && h.value(flagAuthentication) != authenticationOff {
			free = append(free, h.Name)
		}
	}
	if len(free) > 0 {
		fs.add(Warning, "starts-by-itself", "", "after a reboot in the middle a scheduler starts by itself, with its port open and authentication off, on "+strings.Join(free, ", "),
			"let no host reboot until the revert is done, and after a reboot give the same command again at once; or keep authentication: admin { authentication = \"keep\" }")
	}
}
