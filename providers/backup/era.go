package backup

// signsOfRelease are those fields of a task of which each tells what release wrote it.
const signsOfRelease = 1<<keepPartitioned | 1<<keepOldEnvironment | 1<<keepNumbers | 1<<keepResources | 1<<keepPartitionPolicy | 1<<keepSLAPolicy

// era names the releases that may have written the backup.
func (s *scanner) era() string {
	has := func(field slot) bool { return s.signs&(1<<field) != 0 }
	switch {
	case s.maintenance || has(keepSLAPolicy):
		return "0.21 or later"
	case has(keepPartitioned) || has(keepPartitionPolicy):
		return "0.20 or later"
	case has(keepResources) && !has(keepNumbers):
		return "0.20 or later"
	case has(keepResources):
		return "0.16 to 0.19"
	case has(keepOldEnvironment):
		return "up to 0.12"
	case has(keepNumbers):
		return "up to 0.15"
	}
	return "unknown: no task tells"
}
