// Package sshconfig reads ssh_config(5) files as OpenSSH's client does: the first value of a keyword holds, sections that begin with Host
// or Match choose, Include takes other files in, and the files are read a second time where they ask for it. No command that stands in
// such a file is run.
package sshconfig

import (
	"fmt"
	"net/netip"
	"strings"
)

// Query is the connection that the files are asked about.
type Query struct {
	// Host is the name that was asked for; an alias is allowed.
	Host string
	// User, Port and Jump outrank User, Port and ProxyJump of the files, as what is said on ssh's command line does; empty and 0 are
	// nothing said.
	User string
	Port int
	Jump string
	// LocalUser is the operator's name, Home the operator's home folder.
	LocalUser, Home string
	// Lookup asks the resolver for a host and gives its canonical name; nil means that no name is made canonical.
	Lookup func(name string) (canonical string, err error)
}

// Files are the files to read.
type Files struct {
	// User is the operator's file. It may be missing, unless it is Named: then it must be there, and System is not read.
	User  string
	Named bool
	// System is the file for all users of the machine, read after User. It may be missing.
	System string
}

// Value is what a line says.
type Value struct {
	// Words are the words after the keyword, without their quotes.
	Words []string
	// Where is the line, as file:line; empty where it came with the query.
	Where string
}

// Settings are what the files say of a connection.
type Settings struct {
	// Host is the machine's name or address, in lower case; Written is the name before that, as somebody wrote it.
	Host, Written string

	values map[string][]Value
}

// Get is the first word that holds for a keyword in lower case; empty where nothing is said.
func (s *Settings) Get(keyword string) string {
	if v := s.values[keyword]; len(v) > 0 && len(v[0].Words) > 0 {
		return v[0].Words[0]
	}
	return ""
}

// All are all the words that hold for a keyword in lower case.
func (s *Settings) All(keyword string) []string {
	var words []string
	for _, v := range s.values[keyword] {
		words = append(words, v.Words...)
	}
	return words
}

// Where is the line, as file:line, that gives a keyword's first value; empty where no file does.
func (s *Settings) Where(keyword string) string {
	if v := s.values[keyword]; len(v) > 0 {
		return v[0].Where
	}
	return ""
}

// Read reads the files for a connection.
func Read(files Files, q Query) (*Settings, error) {
	r := &reader{query: q, host: q.Host, values: map[string][]Value{}}
	r.preset("user", q.User)
	r.preset("proxyjump", q.Jump)
	if q.Jump != "" {
		r.preset("proxycommand", "none")
	}
	if q.Port != 0 {
		r.preset("port", fmt.Sprint(q.Port))
	}
	if err := r.pass(files); err != nil {
		return nil, err
	}
	written := r.name()
	name, err := r.canonical(plainName(written))
	if err != nil {
		return nil, err
	}
	if r.again || r.canonicalizes() {
		r.host, r.final = name, true
		if err := r.pass(files); err != nil {
			return nil, err
		}
	}
	return &Settings{Host: name, Written: written, values: r.values}, nil
}

// plainName is a name in lower case, or an address as it is written usually.
func plainName(name string) string {
	if a, err := netip.ParseAddr(name); err == nil {
		return a.String()
	}
	return strings.ToLower(name)
}

// reader gathers what the files say.
type reader struct {
	query  Query
	values map[string][]Value
	// host is what Host sections are compared with: the name that was asked for, in the second pass the machine's.
	host  string
	final bool
	// again says that a section asks for the second pass.
	again bool
}

func (r *reader) preset(keyword, word string) {
	if word != "" {
		r.values[keyword] = []Value{{Words: []string{word}}}
	}
}

// pass reads all files once. What holds already stays.
func (r *reader) pass(files Files) error {
	own := origin{folder: r.home(".ssh"), user: true, missing: !files.Named}
	if err := r.file(files.User, own, section{holds: yes}, 0); err != nil || files.Named {
		return err
	}
	return r.file(files.System, systemOrigin(files.System), section{holds: yes}, 0)
}

// name is the machine's name, as far as it is known.
func (r *reader) name() string {
	if v := r.values["hostname"]; len(v) > 0 && !r.final {
		return strings.NewReplacer("%h", r.query.Host, "%%", "%").Replace(v[0].Words[0])
	}
	return r.host
}
