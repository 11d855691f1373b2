package lock

import "fmt"

// Commands are the commands that hold and look at a lock on a folder with root's rights, for a sudoers rule.
func Commands(folder string) [][]string {
	return [][]string{
		{"flock", "-s", "-n", "-E", fmt.Sprint(codeTaken), folder, "true"},
		{"flock", "-n", "-E", fmt.Sprint(codeTaken), folder, "bash", "-c", holdScript},
	}
}
