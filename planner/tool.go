package planner

// checkTool says where the reset, with every scheduler stopped, would find that it can't initialise a log.
func checkTool(fs *findings, h *Host) {
	rep := &h.Replica
	if rep.State == "initialised" {
		return // It is left as it is.
	}
	if rep.ToolProblem != "" {
		fs.add(Error, "log-tool-unusable", h.Name, "an empty log can't be initialised there: "+rep.ToolProblem,
			`install the package "mesos" of the cluster's release there, or name the program in log { tool = "/path/to/mesos-log" }`)
	}
	if rep.ToolUnseen != "" {
		fs.add(Warning, "log-tool-unseen", h.Name, "it can't be told whether an empty log can be initialised there: "+rep.ToolUnseen,
			"try it there as the log's owner, `mesos-log help`: where it fails, apply stops at the reset, with every scheduler stopped; rules that `restorectl sudoers` prints let it be looked at")
	}
}
