package netfilter

import (
	"slices"
	"strings"
)

// script runs commands on a ruleset that is the caller's to throw away when it fails.
type script struct {
	source source
	rules  *Ruleset
	tokens []token
	at     int
	asked  []listing
}

// listing is a list command: what and, for a table or chain, which.
type listing struct {
	what         string
	table, chain string
}

// run follows all commands of a text.
func (s *script) run(text string) error {
	var err error
	if s.tokens, err = s.source.tokens(text); err != nil {
		return err
	}
	for {
		for s.take(";") {
		}
		if s.peek().text == end {
			return nil
		}
		if err := s.command(); err != nil {
			return err
		}
		if !s.take(";") && s.peek().text != end {
			return s.unexpected()
		}
	}
}

func (s *script) peek() token { return s.tokens[s.at] }

func (s *script) next() token {
	t := s.tokens[s.at]
	if t.text != end {
		s.at++
	}
	return t
}

func (s *script) take(text string) bool {
	if t := s.peek(); t.text != text || t.quoted {
		return false
	}
	s.next()
	return true
}

func (s *script) expect(text string) error {
	if !s.take(text) {
		return s.unexpected()
	}
	return nil
}

func (s *script) unexpected() error {
	t := s.peek()
	name := t.text
	if name == ";" {
		name = "newline or semicolon"
	}
	return s.source.fail(t, "syntax error, unexpected %s", name)
}

// name takes a word that names something.
func (s *script) name() (token, error) {
	t := s.peek()
	if !t.quoted && (t.text == end || strings.Contains("{},;", t.text)) {
		return t, s.unexpected()
	}
	return s.next(), nil
}

// command follows one command.
func (s *script) command() error {
	verb := s.peek()
	switch verb.text {
	case "add", "create", "insert", "delete", "flush", "list":
		s.next()
	case "table", "chain", "rule":
		verb.text = "add"
	default:
		return s.unexpected()
	}
	object := s.next()
	switch {
	case object.text == "ruleset" && verb.text == "flush":
		s.rules.Tables = nil
		return nil
	case verb.text == "list" && (object.text == "ruleset" || object.text == "tables"):
		s.take("inet")
		s.asked = append(s.asked, listing{what: object.text})
		return nil
	}
	if !slices.Contains([]string{"table", "chain", "rule"}, object.text) || verb.text == "insert" && object.text != "rule" {
		s.at--
		return s.unexpected()
	}
	if family := s.peek(); !s.take("inet") {
		return s.source.fail(family, "the sandbox's packet filter knows no family but inet")
	}
	name, err := s.name()
	if err != nil {
		return err
	}
	if object.text == "table" {
		return s.onTable(verb.text, name)
	}
	table := s.rules.table(name.text)
	if table == nil {
		return s.missing(verb.text, name)
	}
	if name, err = s.name(); err != nil {
		return err
	}
	if object.text == "chain" {
		return s.onChain(verb.text, table, name)
	}
	chain := table.chain(name.text)
	if chain == nil {
		return s.missing(verb.text, name)
	}
	rule, err := s.rule()
	if err != nil {
		return err
	}
	if verb.text == "insert" {
		chain.Rules = slices.Insert(chain.Rules, 0, rule)
	} else {
		chain.Rules = append(chain.Rules, rule)
	}
	return nil
}

// missing is nft's answer to a name that nothing has. Lists are answered by nft itself, changes by the kernel.
func (s *script) missing(verb string, t token) error {
	if verb == "list" {
		return s.source.fail(t, "No such file or directory")
	}
	return s.source.fail(t, "Could not process rule: No such file or directory")
}

func (s *script) onTable(verb string, name token) error {
	t := s.rules.table(name.text)
	if t == nil && verb != "add" && verb != "create" {
		return s.missing(verb, name)
	}
	switch verb {
	case "list":
		s.asked = append(s.asked, listing{what: "table", table: name.text})
		return nil
	case "delete":
		s.rules.Tables = slices.DeleteFunc(s.rules.Tables, func(o *Table) bool { return o == t })
		return nil
	case "flush":
		for _, c := range t.Chains {
			c.Rules = nil
		}
		return nil
	case "create":
		if t != nil {
			return s.source.fail(name, "Could not process rule: File exists")
		}
	}
	if t == nil {
		t = &Table{Name: name.text}
		s.rules.Tables = append(s.rules.Tables, t)
	}
	if !s.take("{") {
		return nil
	}
	for {
		for s.take(";") {
		}
		if s.take("}") {
			return nil
		}
		if err := s.expect("chain"); err != nil {
			return err
		}
		chain, err := s.name()
		if err != nil {
			return err
		}
		if err := s.onChain("add", t, chain); err != nil {
			return err
		}
	}
}

func (s *script) onChain(verb string, t *Table, name token) error {
	c := t.chain(name.text)
	if c == nil && verb != "add" && verb != "create" {
		return s.missing(verb, name)
	}
	switch verb {
	case "list":
		s.asked = append(s.asked, listing{what: "chain", table: t.Name, chain: c.Name})
		return nil
	case "delete":
		if len(c.Rules) > 0 {
			return s.source.fail(name, "Could not process rule: Device or resource busy")
		}
		t.Chains = slices.DeleteFunc(t.Chains, func(o *Chain) bool { return o == c })
		return nil
	case "flush":
		c.Rules = nil
		return nil
	case "create":
		if c != nil {
			return s.source.fail(name, "Could not process rule: File exists")
		}
	}
	if c == nil {
		c = &Chain{Name: name.text}
		t.Chains = append(t.Chains, c)
	}
	if !s.take("{") {
		return nil
	}
	for {
		for s.take(";") {
		}
		switch {
		case s.take("}"):
			return nil
		case s.peek().text == "type" || s.peek().text == "policy":
			if err := s.header(c); err != nil {
				return err
			}
		default:
			r, err := s.rule()
			if err != nil {
				return err
			}
			c.Rules = append(c.Rules, r)
		}
	}
}
