package backup

import "github.com/restorectl/restorectl/providers/aurora"

// cronJob reads a StoredCronJob.
func (s *scanner) cronJob() {
	w := s.wire
	var key *aurora.JobKey
	var cron *string
	var policy int32
	w.each(3, func(typ byte, id int16) bool {
		if id != 3 || typ != typeStruct {
			return false
		}
		key, cron, policy = nil, nil, 0
		w.each(4, func(typ byte, id int16) bool {
			switch {
			case id == 4 && typ == typeString:
				text := s.intern(w.text())
				cron = &text
			case id == 5 && typ == typeI32:
				policy = w.i32()
			case id == 9 && typ == typeStruct:
				key = s.jobKey(5)
			default:
				return false
			}
			return true
		})
		return true
	})
	if why := refusedCronJob(key); why != "" {
		s.report.Refusals = append(s.report.Refusals, why)
	}
	if key != nil {
		s.report.Crons[key.String()] = aurora.Schedule(cron, policy)
	}
}

// update is what is read of a StoredJobUpdateDetails.
type update struct {
	job *aurora.JobKey
	id  string
	// summary is the status in the summary, -1 for none; event that of the last event, and -1 where there is none.
	summary, event aurora.JobUpdateStatus
}

// status is how the update stands, as its events tell, or else the summary.
func (u *update) status() aurora.JobUpdateStatus {
	if u.event >= 0 {
		return u.event
	}
	return u.summary
}

// jobUpdate reads a StoredJobUpdateDetails.
func (s *scanner) jobUpdate() {
	w := s.wire
	u := update{summary: -1, event: -1}
	w.each(3, func(typ byte, id int16) bool {
		if id != 1 || typ != typeStruct {
			return false
		}
		w.each(4, func(typ byte, id int16) bool {
			switch {
			case id == 1 && typ == typeStruct:
				w.each(5, func(typ byte, id int16) bool {
					if id != 1 || typ != typeStruct {
						return false
					}
					s.updateSummary(&u)
					return true
				})
			case id == 2 && typ == typeList:
				w.structs(5, func() { u.event = s.updateStatus(6, 0) })
			default:
				return false
			}
			return true
		})
		return true
	})
	if !u.status().InProgress() {
		return
	}
	s.report.UpdatesInProgress++
	if u.job != nil {
		s.report.Updates[u.job.String()+" "+u.id] = u.status().String()
	}
}

// updateSummary reads a JobUpdateSummary.
func (s *scanner) updateSummary(u *update) {
	w := s.wire
	w.each(6, func(typ byte, id int16) bool {
		switch {
		case id == 4 && typ == typeStruct:
			u.summary = s.updateStatus(7, -1)
		case id == 5 && typ == typeStruct:
			w.each(7, func(typ byte, id int16) bool {
				switch {
				case id == 1 && typ == typeStruct:
					u.job = s.jobKey(8)
				case id == 2 && typ == typeString:
					u.id = string(w.text())
				default:
					return false
				}
				return true
			})
		default:
			return false
		}
		return true
	})
}

// updateStatus reads the status of a JobUpdateEvent or a JobUpdateState, both of which have it first.
func (s *scanner) updateStatus(depth int, absent int32) aurora.JobUpdateStatus {
	status := absent
	s.wire.each(depth, func(typ byte, id int16) bool {
		if id != 1 || typ != typeI32 {
			return false
		}
		status = s.wire.i32()
		return true
	})
	return aurora.JobUpdateStatus(status)
}
