package sshconfig

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// form is how a keyword's values are written, and which of them hold.
type form int

const (
	oneWord    form = iota // the first holds
	everyWord              // one word a line, and all lines hold
	someWords              // the first line holds
	restOfLine             // as it is written; the first holds
)

// keywords are those that decide where and how restorectl connects, in lower case. All others are left alone: what they say is about
// sessions that a person has, or about what restorectl does its own way (ciphers, host keys of unknown machines).
var keywords = map[string]form{
	"hostname": oneWord, "user": oneWord, "port": oneWord, "connecttimeout": oneWord, "tag": oneWord,
	"identityfile": everyWord, "certificatefile": everyWord, "identitiesonly": oneWord, "identityagent": oneWord,
	"userknownhostsfile": someWords, "globalknownhostsfile": someWords, "hostkeyalias": oneWord, "hashknownhosts": oneWord, "revokedhostkeys": someWords,
	"proxyjump": restOfLine, "proxycommand": restOfLine, "refuseconnection": oneWord,
	"canonicalizehostname": oneWord, "canonicaldomains": someWords, "canonicalizemaxdots": oneWord, "canonicalizefallbacklocal": oneWord,
	"canonicalizepermittedcnames": someWords,
}

// set takes over what a line says, where its section holds and nothing was said before.
func (r *reader) set(l line, in section) error {
	written, known := keywords[l.keyword]
	if !known || in.holds == no {
		return nil
	}
	v := Value{Words: l.words, Where: l.where}
	switch {
	case written == restOfLine:
		text := l.rest
		if l.keyword == "proxyjump" {
			text, _, _ = strings.Cut(text, "#")
		}
		v.Words = []string{strings.TrimRight(text, blank)}
	case len(l.words) == 0:
		return fmt.Errorf("nothing follows the keyword %s", l.written)
	case written != someWords && len(l.words) > 1:
		return fmt.Errorf("the keyword %s has more than one value", l.written)
	}
	if v.Words[0] == "" {
		return errors.New("the value of " + l.written + " is empty")
	}
	if r.decided(l.keyword, written, v.Words[0]) {
		return nil
	}
	if in.holds == unsure {
		return fmt.Errorf("restorectl can't tell whether this %s holds for %s: it hangs on \"Match %s\", which restorectl does not look into; "+
			"give the connection a config_file of its own", l.written, r.query.Host, in.why)
	}
	r.values[l.keyword] = append(r.values[l.keyword], v)
	if l.keyword == "proxyjump" {
		r.values["proxycommand"] = []Value{{Words: []string{"none"}, Where: l.where}}
	}
	return nil
}

// decided says that a keyword's value changes nothing any more.
func (r *reader) decided(keyword string, written form, value string) bool {
	held := r.values[keyword]
	switch {
	case written == everyWord:
		return slices.ContainsFunc(held, func(v Value) bool { return v.Words[0] == value })
	case keyword == "proxyjump": // Of the two, what stands first holds.
		return len(held) > 0 || len(r.values["proxycommand"]) > 0
	}
	return len(held) > 0
}

func isNone(word string) bool { return strings.EqualFold(word, "none") }
