package host

import (
	"errors"
	"fmt"
	"strings"
)

// errNUL says that an argument can't be given to any program.
var errNUL = errors.New("it holds a NUL byte")

// quote writes a command so that a POSIX shell passes each argument to the program byte for byte. SSH hands every command to
// the login shell of the user, so this is the one place that writes for a shell.
func quote(args []string) (string, error) {
	if len(args) == 0 || args[0] == "" {
		return "", errors.New("there is no program to run")
	}
	var b strings.Builder
	for i, a := range args {
		if strings.IndexByte(a, 0) >= 0 {
			return "", fmt.Errorf("argument %d of %s can't be passed: %w", i, args[0], errNUL)
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteByte('\'')
		b.WriteString(strings.ReplaceAll(a, "'", `'\''`))
		b.WriteByte('\'')
	}
	return b.String(), nil
}
