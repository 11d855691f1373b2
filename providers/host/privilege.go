package host

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The ways to take root's rights (config.Connection.Become).
const (
	becomeSudo         = "sudo"
	becomeSudoPassword = "sudo-password"
	becomeNone         = "none"
)

// localeC makes programs speak the language that is understood here.
const localeC = "LC_ALL=C"

// execute runs a program as the login user.
type execute func(ctx context.Context, args []string, c Command) (Result, error)

// privilege takes the rights that commands ask for. It asks the host once for each user whether it may, so that a refusal is
// told apart from a command that failed.
type privilege struct {
	host, become string
	exec         execute
	// passwords is set where sudo is to be told a password.
	passwords *passwords

	mu      sync.Mutex
	granted map[string]bool
	who     string // the login user, once known
}

// run runs the command with the rights that it asks for.
func (p *privilege) run(ctx context.Context, c Command) (Result, error) {
	wrap, err := p.wrap(ctx, c)
	if err != nil {
		return Result{}, err
	}
	args := wrapped(wrap, c.Args)
	if p.passwords != nil && len(wrap) > 0 {
		word, err := p.passwords.get(ctx)
		if err != nil {
			return Result{}, err
		}
		c.Stdin = withPassword(word, c.Stdin)
	}
	res, err := p.exec(ctx, args, c)
	if exit := (*ExitError)(nil); errors.As(err, &exit) {
		exit.Args = c.Args
		if len(wrap) > 0 && wrap[0] == becomeSudo && refusedBySudo(exit.Stderr) {
			return res, p.refused(ctx, wanted(c), lastWords(exit.Stderr))
		}
	}
	return res, err
}

// wrapped puts the words before the program, and behind what sets its locale: sudo hands that on, and a rule that let env run as root
// would let everything.
func wrapped(words, args []string) []string {
	if len(words) == 0 {
		return args
	}
	if len(args) > 2 && args[0] == "env" && args[1] == localeC {
		return slices.Concat(args[:2], words, args[2:])
	}
	return slices.Concat(words, args)
}

// wrap gives the words to put before the command.
func (p *privilege) wrap(ctx context.Context, c Command) ([]string, error) {
	switch {
	case c.User == "" && !c.Root:
		return nil, nil
	case p.passwords != nil:
		words := passwordSudo(c.User)
		return words, p.ask(ctx, wanted(c), words)
	case p.become == becomeSudo:
		words := []string{"sudo", "-n"}
		if c.User != "" {
			words = append(words, "-u", c.User)
		}
		words = append(words, "--")
		return words, p.ask(ctx, wanted(c), words)
	case c.User == "":
		return nil, nil
	}
	login, err := p.login(ctx)
	switch {
	case err != nil:
		return nil, err
	case login == c.User:
		return nil, nil
	case login == "root":
		return []string{"runuser", "-u", c.User, "--"}, nil
	}
	return nil, &PrivilegeError{Host: p.host, Login: login, Wanted: c.User, Seen: `the connection has become = "none"`,
		Remedy: fmt.Sprintf(`set become = "sudo", or connect as root or %s`, c.User)}
}

// ask tries the words with a command that does nothing, once for each user.
func (p *privilege) ask(ctx context.Context, user string, words []string) error {
	p.mu.Lock()
	known := p.granted[user]
	p.mu.Unlock()
	if known {
		return nil
	}
	args := append([]string{"env", localeC}, words...)
	var nothing Command
	if p.passwords != nil {
		word, err := p.passwords.get(ctx)
		if err != nil {
			return err
		}
		nothing.Stdin = withPassword(word, nil)
	}
	_, err := p.exec(ctx, append(args, "true"), nothing)
	if exit := (*ExitError)(nil); errors.As(err, &exit) {
		seen := lastWords(exit.Stderr)
		if seen == "" {
			seen = fmt.Sprintf("sudo ended with exit status %d", exit.Code)
		}
		return p.refused(ctx, user, seen)
	}
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.granted == nil {
		p.granted = map[string]bool{}
	}
	p.granted[user] = true
	return nil
}

// refused explains why sudo did not let a command through.
func (p *privilege) refused(ctx context.Context, user, seen string) error {
	login, err := p.login(ctx)
	if err != nil {
		return err
	}
	e := &PrivilegeError{Host: p.host, Login: login, Wanted: user, Seen: seen}
	switch {
	case p.passwords != nil && (strings.Contains(seen, "incorrect password") || strings.Contains(seen, "no password was provided")):
		p.passwords.forget()
		e.Remedy = "give the password of " + login + " on that host"
	case strings.Contains(seen, "unknown user"):
		e.Remedy = "create the user there, or name another one in the configuration"
	case strings.Contains(seen, "No such file") || strings.Contains(seen, "not found"):
		e.Remedy = `install sudo there, or connect as root with become = "none"`
	case strings.Contains(seen, "must have a tty"):
		e.Remedy = fmt.Sprintf(`put "Defaults:%s !requiretty" into a file in /etc/sudoers.d there: nobody sits at a terminal`, login)
	case strings.Contains(seen, "a password is required"):
		e.Remedy = fmt.Sprintf(`set become = "sudo-password", or put "%s ALL=(ALL:ALL) NOPASSWD: ALL" into a file in /etc/sudoers.d there, or connect as root with become = "none"`, login)
	default:
		e.Remedy = fmt.Sprintf(`let it: put what "restorectl sudoers" prints, or "%s ALL=(ALL:ALL) NOPASSWD: ALL", into a file in /etc/sudoers.d there, or connect as root with become = "none"`, login)
	}
	return e
}

// refusedBySudo says whether sudo itself, not the command, wrote this. A command that is missing is not a refusal.
func refusedBySudo(stderr []byte) bool {
	words := lastWords(stderr)
	return strings.Contains(words, "sudo: a password is required") || strings.Contains(words, "incorrect password attempt") || strings.Contains(words, "sudo: a terminal is required") ||
		strings.Contains(words, "is not in the sudoers file") || strings.Contains(words, "is not allowed to execute") ||
		strings.Contains(words, "is not allowed to run sudo")
}

// wanted is the user whose rights a command asks for.
func wanted(c Command) string {
	if c.User != "" {
		return c.User
	}
	return "root"
}

// login is the user of the connection, as the host names it.
func (p *privilege) login(ctx context.Context) (string, error) {
	p.mu.Lock()
	who := p.who
	p.mu.Unlock()
	if who != "" {
		return who, nil
	}
	res, err := p.exec(ctx, []string{"id", "-un"}, Command{})
	if err != nil {
		return "", fmt.Errorf("can't tell which user the connection to %s has: %w", p.host, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.who = strings.TrimSpace(string(res.Stdout))
	return p.who, nil
}
