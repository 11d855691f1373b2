package backup

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/restorectl/restorectl/planner"
)

// modeNone is the MaintenanceMode of a host that is not in maintenance.
const modeNone = 1

// maintenanceModes are the names of MaintenanceMode (api.thrift).
var maintenanceModes = map[int32]string{modeNone: "NONE", 2: "SCHEDULED", 3: "DRAINING", 4: "DRAINED"}

// host reads HostAttributes.
func (s *scanner) host() {
	w, mode := s.wire, int32(modeNone)
	s.scratch = s.scratch[:0]
	w.each(3, func(typ byte, id int16) bool {
		switch {
		case id == 1 && typ == typeString:
			s.scratch = append(s.scratch[:0], w.text()...)
		case id == 3 && typ == typeI32:
			mode = w.i32()
		default:
			return false
		}
		return true
	})
	name, ok := maintenanceModes[mode]
	if !ok {
		name = fmt.Sprint(mode)
	}
	s.report.HostsByMode[name]++
	if mode != modeNone {
		s.report.Maintenance = append(s.report.Maintenance, planner.Maintenance{Host: string(s.scratch), Mode: name})
	}
}

// maintenanceRequest reads a HostMaintenanceRequest.
func (s *scanner) maintenanceRequest() {
	w := s.wire
	w.each(3, func(typ byte, id int16) bool {
		if id != 1 || typ != typeString {
			return false
		}
		s.requested[string(w.text())] = true
		return true
	})
}

// hostsInMaintenance completes what is known of them: in a snapshot the requests come last.
func (s *scanner) hostsInMaintenance() {
	all := s.report.Maintenance
	for i := range all {
		all[i].Requested = s.requested[all[i].Host]
	}
	slices.SortStableFunc(all, func(a, b planner.Maintenance) int { return cmp.Compare(a.Host, b.Host) })
}
