// Package clusters owns clusters.json, in which Aurora's clients find their clusters. A file is edited in place: what is not the edit
// stays byte for byte.
package clusters

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// The reasons why a cluster can't be edited.
var (
	errInvalid = errors.New("it is not a valid clusters.json")
	errMissing = errors.New("it does not name the cluster")
	errTwice   = errors.New("it names the cluster more than once")
)

// member is one key of a cluster's object, with the places of its parts in the file.
type member struct {
	key string
	// start and end enclose the key and the value, without what stands between members.
	start, end int
	// valueStart is where the value begins.
	valueStart int
	value      string
}

// entry is one cluster.
type entry struct {
	name    string
	members []member
}

func (e *entry) member(key string) *member {
	// Of a key that is there twice the last one counts, as in every client's parser.
	for i := len(e.members) - 1; i >= 0; i-- {
		if e.members[i].key == key {
			return &e.members[i]
		}
	}
	return nil
}

func (e *entry) text(key string) string {
	if m := e.member(key); m != nil {
		return m.value
	}
	return ""
}

// parse reads a list of objects, or an object whose values are such objects.
func parse(file []byte) ([]entry, error) {
	p := &parser{file: file, dec: json.NewDecoder(bytes.NewReader(file))}
	entries, err := p.entries()
	if err != nil {
		at := p.dec.InputOffset()
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Offset
		}
		line := 1 + bytes.Count(file[:min(int(at), len(file))], []byte("\n"))
		return nil, fmt.Errorf("%w: line %d: %w", errInvalid, line, err)
	}
	return entries, nil
}

type parser struct {
	file []byte
	dec  *json.Decoder
}

func (p *parser) entries() ([]entry, error) {
	open, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	if open != json.Delim('[') && open != json.Delim('{') {
		return nil, errors.New("a list of clusters is expected")
	}
	var out []entry
	for p.dec.More() {
		if open == json.Delim('{') {
			if _, err := p.dec.Token(); err != nil {
				return nil, err
			}
		}
		e, err := p.entry()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if _, err := p.dec.Token(); err != nil {
		return nil, err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more behind the list of clusters")
	}
	return out, nil
}

func (p *parser) entry() (entry, error) {
	t, err := p.dec.Token()
	if err != nil {
		return entry{}, err
	}
	if t != json.Delim('{') {
		return entry{}, errors.New("a cluster is an object")
	}
	var e entry
	for p.dec.More() {
		m := member{start: p.next()}
		key, err := p.dec.Token()
		if err != nil {
			return e, err
		}
		m.key, _ = key.(string) // The decoder takes nothing else as a key.
		m.valueStart = p.next()
		var raw json.RawMessage
		if err := p.dec.Decode(&raw); err != nil {
			return e, err
		}
		m.end = int(p.dec.InputOffset())
		_ = json.Unmarshal(raw, &m.value) // Values that are no strings have no text.
		e.members = append(e.members, m)
	}
	if _, err := p.dec.Token(); err != nil {
		return e, err
	}
	e.name = e.text("name")
	if e.name == "" {
		return e, errors.New("a cluster has no name")
	}
	return e, nil
}

// next is where the next token begins: behind white space, commas and colons.
func (p *parser) next() int {
	at := int(p.dec.InputOffset())
	for at < len(p.file) && bytes.IndexByte([]byte(" \t\r\n,:"), p.file[at]) >= 0 {
		at++
	}
	return at
}

// find gives the only cluster of a name.
func find(file []byte, name string) (*entry, error) {
	entries, err := parse(file)
	if err != nil {
		return nil, err
	}
	var found *entry
	for i := range entries {
		if entries[i].name != name {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%w: %q", errTwice, name)
		}
		found = &entries[i]
	}
	if found == nil {
		return nil, fmt.Errorf("%w: %q", errMissing, name)
	}
	return found, nil
}

// set gives the file with a key of a cluster set to a string, where it stands or behind the cluster's last key.
func set(file []byte, cluster, key, value string) ([]byte, error) {
	e, err := find(file, cluster)
	if err != nil {
		return nil, err
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return e.setRaw(file, key, quoted), nil
}

// setRaw sets a key to a value that is JSON already.
func (e *entry) setRaw(file []byte, key string, value []byte) []byte {
	if m := e.member(key); m != nil {
		return splice(file, m.valueStart, m.end, value)
	}
	// A cluster has a name at least, so there is a member to write behind and to be like.
	last := e.members[len(e.members)-1]
	quotedKey, _ := json.Marshal(key) // A string always encodes.
	text := "," + e.gap(file) + string(quotedKey) + e.colon(file) + string(value)
	return splice(file, last.end, last.end, []byte(text))
}

// gap is the white space that the file puts before a cluster's members, colon what it puts between key and value.
func (e *entry) gap(file []byte) string {
	if len(e.members) > 1 {
		between := file[e.members[0].end:e.members[1].start]
		return string(bytes.Trim(between, ","))
	}
	at := e.members[0].start
	for at > 0 && bytes.IndexByte([]byte(" \t\r\n"), file[at-1]) >= 0 {
		at--
	}
	return string(file[at:e.members[0].start])
}

func (e *entry) colon(file []byte) string {
	m := e.members[0]
	between := file[m.start:m.valueStart]
	return string(between[bytes.LastIndexByte(between, ':'):])
}

// remove gives the file without a key of a cluster. A key that is not there leaves the file as it is.
func remove(file []byte, cluster, key string) ([]byte, error) {
	for {
		e, err := find(file, cluster)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(e.members, func(m member) bool { return m.key == key })
		switch {
		case i > 0: // With the comma before it.
			file = splice(file, e.members[i-1].end, e.members[i].end, nil)
		case i == 0 && len(e.members) > 1: // With the comma behind it.
			file = splice(file, e.members[0].start, e.members[1].start, nil)
		default:
			return file, nil
		}
	}
}

// undo gives the file with a key of a cluster as it is in the original: set to its value there, or gone.
func undo(file, original []byte, cluster, key string) ([]byte, error) {
	then, err := find(original, cluster)
	if err != nil {
		return nil, err
	}
	m := then.member(key)
	if m == nil {
		return remove(file, cluster, key)
	}
	now, err := find(file, cluster)
	if err != nil {
		return nil, err
	}
	return now.setRaw(file, key, original[m.valueStart:m.end]), nil
}

func splice(file []byte, from, to int, with []byte) []byte {
	out := make([]byte, 0, len(file)+len(with))
	out = append(out, file[:from]...)
	out = append(out, with...)
	return append(out, file[to:]...)
}
