package executor

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
)

// JournalVersion is the version of the journal's format.
const JournalVersion = 1

// Record is an event with its line in the journal, newline included. The line is a JSON object whose last member, sum, holds the
// first 16 hex digits of the SHA-256 of all that stands before it and of the closing brace.
type Record struct {
	Event
	Line []byte
}

// sumForm is how a line ends.
var sumForm = regexp.MustCompile(`,"sum":"([0-9a-f]{16})"}$`)

// newRecord gives an event its line.
func newRecord(e Event) (Record, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return Record{}, err
	}
	line := append(text[:len(text)-1:len(text)-1], `,"sum":"`+sumOf(text)+`"}`+"\n"...)
	return Record{Event: e, Line: line}, nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:16]
}

// parseRecord reads a line; an error says that it is not as it was written.
func parseRecord(line []byte) (Record, error) {
	r := Record{Line: line}
	text := bytes.TrimSuffix(line, []byte("\n"))
	if err := json.Unmarshal(text, &r.Event); err != nil {
		return r, fmt.Errorf("it is not a journal event (%w)", err)
	}
	end := sumForm.FindSubmatchIndex(text)
	if r.Version > JournalVersion {
		return r, nil // How its lines end is not known here.
	}
	if end == nil || sumOf(append(text[:end[0]:end[0]], '}')) != string(text[end[2]:end[3]]) {
		return r, errors.New("its checksum is not that of its content")
	}
	return r, nil
}

// ParseJournal reads the lines of a journal, without the torn one that a crash may have left at its end. A line that is damaged, missing
// or doubled is an error, and so is a journal of a newer version.
func ParseJournal(r io.Reader) ([]Record, error) {
	in := bufio.NewReader(r)
	var records []Record
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		rec, err := parseRecord(line)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d of the journal is damaged: %w; nothing was changed: keep the file, and take the run over from its copies with `restorectl adopt`",
				len(records)+1, err)
		case rec.Version > JournalVersion:
			return nil, fmt.Errorf("the journal has version %d and this program knows up to %d: use the restorectl that wrote it", rec.Version, JournalVersion)
		case rec.Seq != len(records)+1:
			return nil, fmt.Errorf("line %d of the journal has the number %d: lines are missing or doubled; nothing was changed: keep the file, and take the run over from its copies with `restorectl adopt`",
				len(records)+1, rec.Seq)
		}
		records = append(records, rec)
	}
}

// Events gives the events of records.
func Events(records []Record) []Event {
	events := make([]Event, len(records))
	for i := range records {
		events[i] = records[i].Event
	}
	return events
}
