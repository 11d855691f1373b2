package host

import (
	"context"
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

// probe has characters that are themselves in a POSIX shell's quotes, and not in those of fish and csh.
const probe = `it's \\ and !1`

// tryShell looks whether the login shell hands a program its arguments as they are, and adds nothing to what it prints.
func (s *SSH) tryShell(ctx context.Context) error {
	res, err := s.exec(ctx, []string{"printf", "%s", probe}, Command{})
	exit, said := (*ExitError)(nil), string(res.Stdout)
	before, whole := strings.CutSuffix(said, probe)
	switch {
	case errors.As(err, &exit):
		exit.Args = exit.Args[:1]
		return fmt.Errorf("%s lets the user in but runs no program for it (%w) %.200s; give the user a POSIX login shell there, such as bash, and the key no command of its own",
			s.name, err, strings.TrimSpace(said))
	case err != nil:
		return err
	case !whole:
		return fmt.Errorf("the login shell on %s does not hand on what it is given: of %q came %.200q; give the user a POSIX login shell there, such as bash", s.name, probe, said)
	case before != "":
		return fmt.Errorf("the login shell on %s prints %.200q before every program's own output; let its start-up files print nothing where there is no terminal (test -t 1)",
			s.name, strings.TrimSpace(before))
	}
	return nil
}
