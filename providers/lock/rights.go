package lock

// Commands are the commands that hold and look at a lock on a folder with root's rights, for a sudoers rule.
func Commands(folder string) [][]string {
	return [][]string{command(lookScript, folder), command(holdScript, folder)}
}
