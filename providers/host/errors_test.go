package host

import "testing"

func TestExitErrorTellsTheWayOut(t *testing.T) {
	for said, want := range map[string]string{
		"sudo: mesos-log: command not found\n": "mesos-log initialize on aurora-1: exit status 1: sudo: mesos-log: command not found; install it there, or put its folder into the secure_path of sudo there",
		"mv: cannot move 'a' to 'b': Read-only file system\n": "mesos-log initialize on aurora-1: exit status 1: mv: cannot move 'a' to 'b': Read-only file system; " +
			"look at the kernel's log why that filesystem is read-only, mount it for writing and give the same command again",
		"the log is not empty\n": "mesos-log initialize on aurora-1: exit status 1: the log is not empty",
		"":                       "mesos-log initialize on aurora-1: exit status 1",
	} {
		e := &ExitError{Host: "aurora-1", Args: []string{"env", "LC_ALL=C", "mesos-log", "initialize"}, Code: 1, Stderr: []byte(said)}
		if got := e.Error(); got != want {
			t.Errorf("%q\nbecame %s\nnot    %s", said, got, want)
		}
	}
}
