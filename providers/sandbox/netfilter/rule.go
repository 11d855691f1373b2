package netfilter

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// priorities are the names that nft has for priorities.
var priorities = []struct {
	name  string
	value int
}{{"raw", -300}, {"mangle", -150}, {"filter", 0}, {"security", 50}}

// header reads what makes a chain a base chain: type T hook H priority P, and policy.
func (s *script) header(c *Chain) error {
	var policy bool
	if policy = s.take("policy"); !policy {
		words := []struct {
			word  string
			to    *string
			known []string
		}{{"type", &c.Type, []string{"filter"}}, {"hook", &c.Hook, []string{"prerouting", "input", "forward", "output", "postrouting"}}}
		for _, w := range words {
			if err := s.expect(w.word); err != nil {
				return err
			}
			if !slices.Contains(w.known, s.peek().text) {
				return s.unexpected()
			}
			*w.to = s.next().text
		}
		if err := s.priority(c); err != nil {
			return err
		}
		c.Policy = string(Accept)
		return nil
	}
	if p := s.peek().text; p != string(Accept) && p != string(Drop) {
		return s.unexpected()
	}
	c.Policy = s.next().text
	return nil
}

// priority reads a number, or a name and an offset from it.
func (s *script) priority(c *Chain) error {
	if err := s.expect("priority"); err != nil {
		return err
	}
	base := 0
	for _, p := range priorities {
		if s.take(p.name) {
			base = p.value
			if sign := s.peek().text; sign == "+" || sign == "-" {
				s.next()
				n, err := strconv.Atoi(s.peek().text)
				if err != nil {
					return s.unexpected()
				}
				s.next()
				if sign == "-" {
					n = -n
				}
				base += n
			}
			c.Priority = base
			return nil
		}
	}
	n, err := strconv.Atoi(s.peek().text)
	if err != nil {
		return s.unexpected()
	}
	s.next()
	c.Priority = n
	return nil
}

// rule reads a rule to the end of its line.
func (s *script) rule() (Rule, error) {
	var r Rule
	begin := s.at
	for {
		t := s.peek()
		if t.text == ";" || t.text == "}" || t.text == end {
			if s.at == begin {
				return r, s.unexpected()
			}
			return r, nil
		}
		if r.Verdict != "" && t.text != "comment" {
			return r, s.unexpected()
		}
		if err := s.statement(&r); err != nil {
			return r, err
		}
	}
}

// statement reads one part of a rule.
func (s *script) statement(r *Rule) error {
	switch t := s.peek(); t.text {
	case "accept", "drop":
		r.Verdict = Verdict(s.next().text)
		return nil
	case "reject":
		s.next()
		r.Verdict = Reject
		if !s.take("with") {
			return nil
		}
		r.Reset = true
		if err := s.expect("tcp"); err != nil {
			return err
		}
		return s.expect("reset")
	case "counter":
		s.next()
		r.Counter = true
		if s.take("packets") {
			s.next()
			if err := s.expect("bytes"); err != nil {
				return err
			}
			s.next()
		}
		return nil
	case "comment":
		s.next()
		c, err := s.name()
		r.Comment = c.text
		return err
	case "iif", "iifname":
		s.next()
		return s.match(r, t.text)
	case "tcp", "ip", "ip6", "ct":
		s.next()
		key := s.peek()
		want := map[string]string{"tcp": "dport", "ip": "saddr", "ip6": "saddr", "ct": "state"}[t.text]
		if err := s.expect(want); err != nil {
			return err
		}
		return s.match(r, t.text+" "+key.text)
	}
	return s.unexpected()
}

// match reads the values of a condition.
func (s *script) match(r *Rule, field string) error {
	m := Match{Field: field}
	if m.Not = s.take("!="); !m.Not {
		s.take("==")
	}
	m.Set = s.take("{")
	for {
		for m.Set && s.take(";") {
		}
		v, err := s.value(field)
		if err != nil {
			return err
		}
		if !slices.Contains(m.Values, v) {
			m.Values = append(m.Values, v)
		}
		for m.Set && s.take(";") {
		}
		if s.take(",") && (m.Set || field == "ct state") {
			continue
		}
		break
	}
	if m.Set {
		if err := s.expect("}"); err != nil {
			return err
		}
		sortValues(field, m.Values)
	}
	r.Matches = append(r.Matches, m)
	return nil
}

// value reads and checks one value.
func (s *script) value(field string) (string, error) {
	t, err := s.name()
	if err != nil {
		return "", err
	}
	switch field {
	case "tcp dport":
		n, err := strconv.ParseUint(t.text, 10, 16)
		if err != nil {
			return "", s.source.fail(t, "Could not resolve service: Servname not supported for ai_socktype")
		}
		return strconv.FormatUint(n, 10), nil
	case "ct state":
		if !slices.Contains([]string{"established", "related", "new", "invalid", "untracked"}, t.text) {
			return "", s.source.fail(t, "Could not parse conntrack state")
		}
		return t.text, nil
	case "ip saddr", "ip6 saddr":
		p, err := parsePrefix(t.text)
		if err != nil || p.Addr().Is4() != (field == "ip saddr") {
			return "", s.source.fail(t, "Could not resolve hostname: Name or service not known")
		}
		return shortPrefix(p), nil
	}
	return t.text, nil
}

func shortPrefix(p netip.Prefix) string {
	if p = p.Masked(); p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// sortValues puts the elements of a set in the order in which nft lists them.
func sortValues(field string, values []string) {
	slices.SortFunc(values, func(a, b string) int {
		if field == "tcp dport" {
			return cmp.Or(len(a)-len(b), strings.Compare(a, b)) // without leading zeros
		}
		pa, errA := parsePrefix(a)
		pb, errB := parsePrefix(b)
		if errA != nil || errB != nil {
			return strings.Compare(a, b)
		}
		return pa.Addr().Compare(pb.Addr())
	})
}
