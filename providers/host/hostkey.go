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
	// Files are the known_hosts files that were read; of a revoked key the file:line that revokes it.
	Files []string
	// Known are the keys that known_hosts has for the machine, as "file:line SHA256:…". None where it is unknown.
	Known []string
	// Revoked says that known_hosts, or a file of RevokedHostKeys, revokes the key.
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
	// authorities are the lines with keys of authorities.
	authorities map[place]bool
	// revoked are the keys of RevokedHostKeys, and where each stands.
	revoked map[string]place
}

// place is a line of a file.
type place struct {
	file string
	line int
}

// newVerifier reads the machine's known_hosts files. Files that do not exist hold nothing.
func newVerifier(host string, t *target) (*verifier, error) {
	v := &verifier{host: host, target: t, files: slices.Clone(t.knownHosts), authorities: map[place]bool{}}
	var present []string
	for i, f := range append(slices.Clone(t.knownHosts), t.moreKnownHosts...) {
		text, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("can't read the known host keys: %w", err)
		}
		present = append(present, f)
		if i >= len(t.knownHosts) {
			v.files = append(v.files, f)
		}
		v.addAuthorities(f, text)
	}
	if len(v.files) == 0 {
		return nil, fmt.Errorf("no known_hosts file is read for %s, so that no host key can be known: the SSH configuration says none", host)
	}
	var err error
	if v.callback, err = knownhosts.New(present...); err != nil {
		return nil, fmt.Errorf("can't understand the known host keys: %w", err)
	}
	if t.writtenAs() != t.knownAs() {
		v.callback = either(v.callback, t.writtenAs())
	}
	if v.revoked, err = revokedKeys(t.revokedKeys); err != nil {
		return nil, err
	}
	return v, nil
}

// either asks for another name too, where nothing is known of the first.
func either(ask ssh.HostKeyCallback, other string) ssh.HostKeyCallback {
	return func(address string, remote net.Addr, key ssh.PublicKey) error {
		err := ask(address, remote, key)
		if unknown := (*knownhosts.KeyError)(nil); errors.As(err, &unknown) && len(unknown.Want) == 0 {
			return ask(other, remote, key)
		}
		return err
	}
}

func (v *verifier) addAuthorities(file string, text []byte) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		if strings.HasPrefix(strings.TrimSpace(lines.Text()), "@cert-authority") {
			v.authorities[place{file, number}] = true
		}
	}
}

// plain are the keys among those known that are a machine's own, not an authority's.
func (v *verifier) plain(known []knownhosts.KnownKey) []knownhosts.KnownKey {
	return slices.DeleteFunc(slices.Clone(known), func(k knownhosts.KnownKey) bool { return v.authorities[place{k.Filename, k.Line}] })
}

// check is the ssh.HostKeyCallback.
func (v *verifier) check(address string, remote net.Addr, key ssh.PublicKey) error {
	err := v.known(address, remote, key)
	if err == nil {
		return nil
	}
	e := &HostKeyError{Host: v.host, Address: v.target.address(), Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key),
		Files: v.files, knownAs: v.target.knownAs()}
	unknown, revoked := (*knownhosts.KeyError)(nil), (*knownhosts.RevokedError)(nil)
	switch {
	case errors.As(err, &revoked):
		e.Revoked, e.Files = true, []string{fmt.Sprintf("%s:%d", revoked.Revoked.Filename, revoked.Revoked.Line)}
	case errors.As(err, &unknown):
		for _, k := range v.plain(unknown.Want) {
			e.Known = append(e.Known, fmt.Sprintf("%s:%d %s", k.Filename, k.Line, ssh.FingerprintSHA256(k.Key)))
		}
	default:
		return fmt.Errorf("the host key of %s at %s was refused: %w", v.host, v.target.address(), err)
	}
	return e
}

// known asks known_hosts. A certificate that does not count, but for a revoked one, leaves the key in it to be known by itself, as with
// OpenSSH.
func (v *verifier) known(address string, remote net.Addr, key ssh.PublicKey) error {
	keys := []ssh.PublicKey{key}
	cert, certified := key.(*ssh.Certificate)
	if certified {
		keys = []ssh.PublicKey{cert.Key, cert.SignatureKey}
	}
	for _, k := range keys {
		if at, revoked := v.revoked[string(k.Marshal())]; revoked {
			return &knownhosts.RevokedError{Revoked: knownhosts.KnownKey{Key: k, Filename: at.file, Line: at.line}}
		}
		if err := v.callback(address, remote, k); certified && errors.As(err, new(*knownhosts.RevokedError)) {
			return err
		}
	}
	err := v.callback(address, remote, key)
	if err != nil && certified && v.callback(address, remote, cert.Key) == nil {
		return nil
	}
	return err
}

// plainHostKeys are the kinds of keys to ask an unknown machine for, the best first. A certificate is of no use where no authority is
// known.
var plainHostKeys = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}

// certificateKinds are the kinds of certificates to ask for.
var certificateKinds = []string{ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
	ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01}

// algorithms are the kinds of host keys to ask for: those that known_hosts has for the machine, since a key of another kind could not be
// checked, or plain keys where it has none; before them certificates, if an authority is known for the machine.
func (v *verifier) algorithms() []string {
	// A key that nobody has makes the callback tell all that it knows.
	nobody, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		return nil
	}
	var known *knownhosts.KeyError
	if err := v.callback(v.target.knownAs(), &net.TCPAddr{IP: net.IPv4zero}, nobody); !errors.As(err, &known) {
		return plainHostKeys
	}
	var algorithms []string
	plain := v.plain(known.Want)
	if len(plain) < len(known.Want) {
		algorithms = slices.Clone(certificateKinds)
	}
	if len(plain) == 0 {
		return append(algorithms, plainHostKeys...)
	}
	for _, k := range plain {
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
