package sshconfig

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// usualMaxDots is how many dots a name has at most that is made canonical (CanonicalizeMaxDots).
const usualMaxDots = 1

// canonicalizes says that the files ask for canonical names.
func (r *reader) canonicalizes() bool {
	mode := strings.ToLower(r.first("canonicalizehostname", "no"))
	return mode != "no" && mode != "false"
}

// canonical is the canonical name of a host, where the files ask for it: with the first of CanonicalDomains under which the resolver
// knows it, and with an alias followed where CanonicalizePermittedCNAMEs allows that.
func (r *reader) canonical(name string) (string, error) {
	always := strings.EqualFold(r.first("canonicalizehostname", ""), "always")
	direct := isNone(r.first("proxycommand", "none")) && isNone(r.first("proxyjump", "none"))
	if _, err := netip.ParseAddr(name); err == nil || r.query.Lookup == nil || !r.canonicalizes() || !direct && !always {
		return name, nil
	}
	found, cname, err := r.qualified(name)
	if err != nil {
		return "", err
	}
	if found == "" && len(r.values["canonicalizepermittedcnames"]) > 0 {
		// Its alias may be allowed all the same.
		if cname, err = r.query.Lookup(name); err == nil {
			found = name
		}
	}
	if found == "" {
		return name, nil
	}
	if cname = plainName(strings.TrimSuffix(cname, ".")); r.permits(found, cname) {
		return cname, nil
	}
	return found, nil
}

// qualified gives a name with its domain, and what the resolver calls it; empty where no domain is to be tried or none has it.
func (r *reader) qualified(name string) (full, cname string, err error) {
	dots := usualMaxDots
	if text := r.first("canonicalizemaxdots", ""); text != "" {
		if dots, err = strconv.Atoi(text); err != nil {
			return "", "", fmt.Errorf("the SSH configuration, %s: CanonicalizeMaxDots %q is not a number", r.values["canonicalizemaxdots"][0].Where, text)
		}
	}
	var candidates []string
	switch {
	case strings.HasSuffix(name, "."):
		candidates = []string{name}
	case strings.Count(name, ".") > dots:
		return "", "", nil
	default:
		for _, domain := range r.list("canonicaldomains") {
			if isNone(domain) {
				break
			}
			candidates = append(candidates, name+"."+domain+".")
		}
	}
	for _, c := range candidates {
		if cname, err := r.query.Lookup(c); err == nil {
			return strings.ToLower(strings.TrimSuffix(c, ".")), cname, nil
		}
	}
	if local := strings.ToLower(r.first("canonicalizefallbacklocal", "yes")); local == "no" || local == "false" {
		return "", "", fmt.Errorf("the SSH configuration, %s: the host %s is in none of CanonicalDomains (%s), and CanonicalizeFallbackLocal is no",
			r.values["canonicalizefallbacklocal"][0].Where, name, strings.Join(candidates, ", "))
	}
	return "", "", nil
}

// permits says whether CanonicalizePermittedCNAMEs lets an alias stand for a name.
func (r *reader) permits(name, cname string) bool {
	for _, rule := range r.list("canonicalizepermittedcnames") {
		from, to, both := strings.Cut(rule, ":")
		if rule == "*" {
			from, to, both = "*", "*", true
		}
		if both && cname != "" && cname != name && matchHost(from, name) && matchHost(to, cname) {
			return true
		}
	}
	return false
}

func (r *reader) list(keyword string) []string {
	if v := r.values[keyword]; len(v) > 0 {
		return v[0].Words
	}
	return nil
}
