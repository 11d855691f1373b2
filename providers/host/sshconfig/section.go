package sshconfig

import (
	"errors"
	"fmt"
	"strings"
)

// answer says whether a section holds for the connection.
type answer int

const (
	no answer = iota
	yes
	unsure
)

// section is what a Host or Match line says of the lines below it.
type section struct {
	holds answer
	// why is the condition that was not looked into, where unsure.
	why string
}

// and is a section inside another.
func (s section) and(inner section) section {
	switch {
	case s.holds == no || inner.holds == yes:
		return s
	case inner.holds == no || s.holds == yes:
		return inner
	}
	return s
}

func told(holds bool) section {
	if holds {
		return section{holds: yes}
	}
	return section{holds: no}
}

// hosts says whether the patterns of a Host line choose the connection.
func (r *reader) hosts(patterns []string) section { return told(MatchList(patterns, r.host)) }

// match says whether the conditions of a Match line, of which each must be met, choose the connection.
func (r *reader) match(words []string) (section, error) {
	all := section{holds: yes}
	if len(words) == 0 {
		return all, errors.New("a Match has no condition")
	}
	for len(words) > 0 {
		name, negated := strings.CutPrefix(words[0], "!")
		name, value, joined := strings.Cut(name, "=")
		name, words = strings.ToLower(name), words[1:]
		if name == "all" && len(words) > 0 {
			return all, errors.New("Match all stands with other conditions")
		}
		if !joined && name != "all" && name != "final" && name != "canonical" {
			if len(words) == 0 {
				return all, fmt.Errorf("the condition %s of a Match has no value", name)
			}
			value, words = words[0], words[1:]
		}
		if name == "final" && !negated {
			r.again = true
		}
		met, err := r.condition(name, value)
		if err != nil {
			return all, err
		}
		if negated && met.holds != unsure {
			met = told(met.holds == no)
		}
		all = all.and(met)
	}
	return all, nil
}

// condition says whether one condition of a Match is met.
func (r *reader) condition(name, value string) (section, error) {
	switch name {
	case "all":
		return told(true), nil
	case "final", "canonical":
		return told(r.final), nil
	case "host":
		return told(matchHost(value, r.name())), nil
	case "originalhost":
		return told(matchHost(value, r.query.Host)), nil
	case "user":
		return told(MatchList(strings.Split(value, ","), r.first("user", r.query.LocalUser))), nil
	case "localuser":
		return told(MatchList(strings.Split(value, ","), r.query.LocalUser)), nil
	case "tagged":
		return told(MatchList(strings.Split(value, ","), r.first("tag", ""))), nil
	case "exec":
		// FreeIPA writes this one into the files of all machines of a domain; it needs no running to be told.
		if value == "true" || value == "/bin/true" || value == "/usr/bin/true" {
			return told(true), nil
		}
		return section{holds: unsure, why: name}, nil
	case "localnetwork", "command", "sessiontype", "version":
		return section{holds: unsure, why: name}, nil
	}
	return section{}, fmt.Errorf("there is no condition %q of a Match", name)
}

func (r *reader) first(keyword, otherwise string) string {
	if v := r.values[keyword]; len(v) > 0 {
		return v[0].Words[0]
	}
	return otherwise
}

// matchHost compares a name with patterns, both without regard to case.
func matchHost(patterns, name string) bool {
	return MatchList(strings.Split(strings.ToLower(patterns), ","), strings.ToLower(name))
}
