package zkserver

import (
	"crypto/sha1" // #nosec G505 -- the digest scheme of the protocol is defined with SHA-1
	"encoding/base64"
	"slices"
	"strings"
)

const (
	permRead   = 1
	permWrite  = 2
	permCreate = 4
	permDelete = 8
	permAdmin  = 16
	permAll    = permRead | permWrite | permCreate | permDelete | permAdmin
)

const (
	schemeWorld  = "world"
	schemeAuth   = "auth"
	schemeDigest = "digest"
	anyone       = "anyone"
)

// acl grants perms to one identity.
type acl struct {
	perms  int32
	scheme string
	id     string
}

// identity is who a connection has proved to be; everybody is world:anyone besides.
type identity struct{ scheme, id string }

func openACL() []acl { return []acl{{perms: permAll, scheme: schemeWorld, id: anyone}} }

// digestIdentity turns "user:password" into the identity that digest ACLs name, as the digest scheme defines it.
func digestIdentity(credentials string) (identity, bool) {
	user, _, ok := strings.Cut(credentials, ":")
	if !ok {
		return identity{}, false
	}
	sum := sha1.Sum([]byte(credentials)) // #nosec G401 -- see the import
	return identity{scheme: schemeDigest, id: user + ":" + base64.StdEncoding.EncodeToString(sum[:])}, true
}

// permitted says whether one of the identities, or anyone, may do perm.
func permitted(acls []acl, perm int32, who []identity) bool {
	return slices.ContainsFunc(acls, func(a acl) bool {
		if a.perms&perm == 0 {
			return false
		}
		return a.scheme == schemeWorld && a.id == anyone || slices.Contains(who, identity{a.scheme, a.id})
	})
}

// resolveACL checks what a client asks for and puts the client's own identities in place of the scheme auth. It answers nil
// when the list is not one that a node can have.
func resolveACL(asked []acl, who []identity) []acl {
	var resolved []acl
	for _, a := range asked {
		switch {
		case a.scheme == schemeWorld && a.id == anyone:
			resolved = append(resolved, a)
		case a.scheme == schemeDigest && strings.Count(a.id, ":") == 1:
			resolved = append(resolved, a)
		case a.scheme == schemeAuth && len(who) > 0:
			for _, w := range who {
				resolved = append(resolved, acl{perms: a.perms, scheme: w.scheme, id: w.id})
			}
		default:
			return nil
		}
	}
	return resolved
}
