package approval

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/providers/host/sshconfig"
)

// Signers are those who may approve plans.
type Signers struct {
	// Path is the file that was read.
	Path  string
	lines []line
}

// line is a line of an allowed_signers file: a key, or the key of an authority, and whose it is.
type line struct {
	number     int
	principals []string
	key        ssh.PublicKey
	authority  bool
	// namespaces are patterns of what the key may sign; none means everything.
	namespaces []string
	// after and before bound when the key is good; the zero time is no bound.
	after, before time.Time
}

// ReadSigners reads an allowed_signers file. Others than its owner must not be able to write it: it decides who may approve.
func ReadSigners(path string) (*Signers, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("who may approve plans can't be told: %w", err)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("%s has mode %04o: others than its owner could add themselves to those who may approve; run `chmod go-w %s`", path, info.Mode().Perm(), path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("who may approve plans can't be told: %w", err)
	}
	s, err := parseSigners(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s.Path = path
	return s, nil
}

func parseSigners(text []byte) (*Signers, error) {
	s := &Signers{}
	in := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; in.Scan(); n++ {
		t := strings.TrimSpace(in.Text())
		if t == "" || t[0] == '#' {
			continue
		}
		l, err := parseLine(t)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		l.number = n
		s.lines = append(s.lines, *l)
	}
	return s, in.Err()
}

// parseLine reads principals, options, and a public key as in authorized_keys.
func parseLine(t string) (*line, error) {
	principals, rest, err := firstField(t)
	if err != nil {
		return nil, err
	}
	l := &line{principals: strings.Split(principals, ",")}
	if slices.Contains(l.principals, "") {
		return nil, errors.New("a principal is empty")
	}
	var options []string
	if l.key, _, options, _, err = ssh.ParseAuthorizedKey([]byte(rest)); err != nil {
		return nil, fmt.Errorf("no public key of a known kind follows the principals: %w", err)
	}
	for _, o := range options {
		if err := l.option(o); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// firstField cuts off the principals, which may stand in double quotes.
func firstField(t string) (field, rest string, err error) {
	if inner, quoted := strings.CutPrefix(t, `"`); quoted {
		field, rest, ok := strings.Cut(inner, `"`)
		if !ok {
			return "", "", errors.New("the quotes of the principals are not closed")
		}
		return field, rest, nil
	}
	if i := strings.IndexAny(t, " \t"); i > 0 {
		return t[:i], t[i+1:], nil
	}
	return "", "", errors.New("there is nothing after the principals")
}

// option understands one option. One that is not known could be a restriction, so it is an error.
func (l *line) option(o string) error {
	name, value, _ := strings.Cut(o, "=")
	value = strings.Trim(value, `"`)
	var err error
	switch strings.ToLower(name) {
	case "cert-authority":
		l.authority = true
	case "namespaces":
		l.namespaces = strings.Split(value, ",")
	case "valid-after":
		l.after, err = moment(value)
	case "valid-before":
		l.before, err = moment(value)
	default:
		return fmt.Errorf("the option %q is not known", name)
	}
	return err
}

// moment reads YYYYMMDD or YYYYMMDDHHMM[SS], with a Z for UTC, else in the machine's time zone.
func moment(s string) (time.Time, error) {
	digits, utc := strings.CutSuffix(s, "Z")
	zone := time.Local
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) == len(layout) {
			return time.ParseInLocation(layout, digits, zone)
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time as YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z]", s)
}

// names gives the names of the person whose key it is, who may sign plans at a time; an error says why nobody may with it.
func (s *Signers) names(key ssh.PublicKey, at time.Time) ([]string, error) {
	var refusal error
	for i := range s.lines {
		l := &s.lines[i]
		names, err := l.names(key, at)
		switch {
		case names != nil:
			return names, nil
		case err != nil:
			refusal = fmt.Errorf("%w (line %d of %s)", err, l.number, s.Path)
		}
	}
	if refusal == nil {
		refusal = fmt.Errorf("the key is nobody's in %s: a stranger's signature", s.Path)
	}
	return nil, refusal
}

// names is nil without an error where the line is about another key.
func (l *line) names(key ssh.PublicKey, at time.Time) ([]string, error) {
	names := l.principals
	cert, certified := key.(*ssh.Certificate)
	switch {
	case l.authority != certified:
		return nil, nil
	case certified:
		if !same(cert.SignatureKey, l.key) {
			return nil, nil
		}
		var err error
		if names, err = certifiedNames(cert, l.principals, at); err != nil {
			return nil, err
		}
	case !same(key, l.key):
		return nil, nil
	}
	who := strings.Join(names, ",")
	switch {
	case len(l.namespaces) > 0 && !sshconfig.MatchList(l.namespaces, Namespace):
		return nil, fmt.Errorf("the key of %s is not for plans: its namespaces are %s", who, strings.Join(l.namespaces, ","))
	case !l.after.IsZero() && at.Before(l.after):
		return nil, fmt.Errorf("the key of %s is only valid from %s on", who, l.after.UTC().Format(time.RFC3339))
	case !l.before.IsZero() && !at.Before(l.before):
		return nil, fmt.Errorf("the key of %s expired at %s", who, l.before.UTC().Format(time.RFC3339))
	}
	return names, nil
}

// certifiedNames are the names in a person's certificate that the authority may speak for.
func certifiedNames(cert *ssh.Certificate, patterns []string, at time.Time) ([]string, error) {
	if cert.CertType != ssh.UserCert {
		return nil, errors.New("the key's certificate is a host's")
	}
	checker := ssh.CertChecker{Clock: func() time.Time { return at }}
	var names []string
	for _, n := range cert.ValidPrincipals {
		if !sshconfig.MatchList(patterns, n) {
			continue
		}
		if err := checker.CheckCert(n, cert); err != nil {
			return nil, fmt.Errorf("the certificate of %s is not valid: %w", n, err)
		}
		names = append(names, n)
	}
	if names == nil {
		return nil, fmt.Errorf("the certificate %q is for none that the authority may speak for", cert.KeyId)
	}
	return names, nil
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }
