package host

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// HostKeyError says that a machine did not show a host key that the operator knows. Nothing was sent to it.
type HostKeyError struct {
	// Host is the scheduler's name, Address what was dialled.
	Host, Address string
	// Type and Fingerprint are those of the key that was shown ("ssh-ed25519", "SHA256:…").
	Type, Fingerprint string
	// Files are the known_hosts files that were read.
	Files []string
	// Known are the keys that known_hosts has for the machine, as "file:line SHA256:…". None where it is unknown.
	Known []string
	// Revoked says that known_hosts revokes the key.
	Revoked bool
	knownAs string
}

// Error says what was seen and what to do about it.
func (e *HostKeyError) Error() string {
	where := e.Host
	if e.Host != e.Address {
		where = fmt.Sprintf("%s (%s)", e.Host, e.Address)
	}
	name := knownhosts.Normalize(e.knownAs)
	switch {
	case e.Revoked:
		return fmt.Sprintf("%s shows the %s host key %s, which is REVOKED in %s; nothing was sent to it: find out what answers there",
			where, e.Type, e.Fingerprint, strings.Join(e.Files, ", "))
	case len(e.Known) > 0:
		return fmt.Sprintf("THE HOST KEY OF %s HAS CHANGED: it shows %s %s, known is %s. Somebody may be in between, or the machine was "+
			"installed anew; nothing was sent to it. Only if you know why the key changed, take the old one out with `ssh-keygen -R '%s' -f %s` and add the new one",
			where, e.Type, e.Fingerprint, strings.Join(e.Known, ", "), name, e.Files[0])
	}
	return fmt.Sprintf("the host key of %s is unknown: it shows %s %s, and %s has no key for %s; compare the fingerprint with the machine's own "+
		"(`ssh-keygen -lf` on its /etc/ssh/ssh_host_*_key.pub), then add the key with `restorectl trust`, or as `ssh-keyscan` prints it, and try again",
		where, e.Type, e.Fingerprint, strings.Join(e.Files, ", "), name)
}

// verifier checks the host key of one machine against known_hosts.
type verifier struct {
	host     string
	target   *target
	files    []string
	callback ssh.HostKeyCallback
	certs    bool
}

// newVerifier reads the machine's known_hosts files. Files that do not exist hold nothing.
func newVerifier(host string, t *target) (*verifier, error) {
	v := &verifier{host: host, target: t}
	var present []string
	for _, f := range t.knownHosts {
		text, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) {
			if f != globalKnownHosts {
				v.files = append(v.files, f)
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("can't read the known host keys: %w", err)
		}
		present, v.files = append(present, f), append(v.files, f)
		v.certs = v.certs || hasAuthority(text)
	}
	if len(v.files) == 0 {
		v.files = t.knownHosts // Only the global one was named, and it is not there.
	}
	var err error
	if v.callback, err = knownhosts.New(present...); err != nil {
		return nil, fmt.Errorf("can't understand the known host keys: %w", err)
	}
	return v, nil
}

func hasAuthority(text []byte) bool {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if strings.HasPrefix(strings.TrimSpace(lines.Text()), "@cert-authority") {
			return true
		}
	}
	return false
}

// check is the ssh.HostKeyCallback.
func (v *verifier) check(address string, remote net.Addr, key ssh.PublicKey) error {
	err := v.callback(address, remote, key)
	if err == nil {
		return nil
	}
	e := &HostKeyError{Host: v.host, Address: v.target.address(), Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key),
		Files: v.files, knownAs: v.target.knownAs()}
	unknown, revoked := (*knownhosts.KeyError)(nil), (*knownhosts.RevokedError)(nil)
	switch {
	case errors.As(err, &revoked):
		e.Revoked = true
	case errors.As(err, &unknown):
		for _, k := range unknown.Want {
			e.Known = append(e.Known, fmt.Sprintf("%s:%d %s", k.Filename, k.Line, ssh.FingerprintSHA256(k.Key)))
		}
	default:
		return fmt.Errorf("the host key of %s at %s was refused: %w", v.host, v.target.address(), err)
	}
	return e
}

// plainHostKeys are the kinds of keys to ask an unknown machine for, the best first. A certificate is of no use where no authority is
// known.
var plainHostKeys = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}

// algorithms are the kinds of host keys to ask for: those that known_hosts has for the machine, since a key of another kind
// could not be checked. Where it has none, they are plain keys, or nil, all of them, if an authority is known.
func (v *verifier) algorithms() []string {
	// A key that nobody has makes the callback tell all that it knows.
	nobody, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		return nil
	}
	var known *knownhosts.KeyError
	if err := v.callback(v.target.knownAs(), &net.TCPAddr{IP: net.IPv4zero}, nobody); !errors.As(err, &known) || len(known.Want) == 0 {
		if v.certs {
			return nil
		}
		return plainHostKeys
	}
	var algorithms []string
	if v.certs {
		algorithms = append(algorithms, ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
			ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01)
	}
	for _, k := range known.Want {
		kinds := []string{k.Key.Type()}
		if k.Key.Type() == ssh.KeyAlgoRSA {
			kinds = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
		}
		for _, kind := range kinds {
			if !slices.Contains(algorithms, kind) {
				algorithms = append(algorithms, kind)
			}
		}
	}
	return algorithms
}
