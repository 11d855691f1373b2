// Package flags knows where and how the flags of a scheduler are written, and which of them hold secrets.
package flags

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// secretName matches the names of flags whose whole value is a secret; names of files that hold one are not.
var (
	secretName = regexp.MustCompile(`(?i)password|passwd|credential|secret`)
	fileName   = regexp.MustCompile(`(?i)_(file|path)$`)
)

// Mask takes the secrets out of a flag's value. A value that is a secret as a whole becomes "sha256:" and the first 16 hex digits
// of its SHA-256, so that a change can be seen; in an address such as zk://user:password@host/path only what stands before the @
// is replaced by that. Secret says that something was masked.
func Mask(name, value string) (masked string, secret bool) {
	name = strings.TrimLeft(name, "-")
	if value == "" {
		return value, false
	}
	if secretName.MatchString(name) && !fileName.MatchString(name) {
		return digest(value), true
	}
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		return value, false
	}
	// The last @ before the path: a password may hold one itself.
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		// A password with a slash in it.
		if at = strings.LastIndexByte(rest, '@'); at < 0 {
			return value, false
		}
		authority, path = rest, ""
	}
	return scheme + "://" + digest(authority[:at]) + authority[at:] + path, true
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:])[:16]
}
