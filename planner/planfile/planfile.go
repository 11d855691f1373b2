// Package planfile knows how a plan looks on disk: one JSON document with the plan and a digest over it.
//
//	{
//	  "restorectl_plan": 1,
//	  "digest": "<lower-case hex SHA-256 of the compact JSON of the member plan>",
//	  "plan": { … }
//	}
//
// A document is only accepted byte for byte as Encode wrote it, so that no edit, however small, goes unseen.
package planfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/restorectl/restorectl/planner"
)

// Version is the version of the envelope.
const Version = 1

// ErrAltered says that a plan file is not what was written.
var ErrAltered = errors.New("the plan file was altered after it was written")

type envelope struct {
	Version int             `json:"restorectl_plan"`
	Digest  string          `json:"digest"`
	Plan    json.RawMessage `json:"plan"`
}

// Encode gives the document of a plan and its digest.
func Encode(p *planner.Plan) (doc []byte, digest string, err error) {
	compact, err := json.Marshal(p)
	if err != nil {
		return nil, "", fmt.Errorf("encode plan: %w", err)
	}
	sum := sha256.Sum256(compact)
	digest = hex.EncodeToString(sum[:])
	doc, err = json.MarshalIndent(envelope{Version, digest, compact}, "", "  ")
	if err != nil {
		return nil, "", fmt.Errorf("encode plan: %w", err)
	}
	return append(doc, '\n'), digest, nil
}

// Decode reads a document that Encode wrote. Its error is ErrAltered where the document was changed since.
func Decode(doc []byte) (p *planner.Plan, digest string, err error) {
	var e envelope
	if err := json.Unmarshal(doc, &e); err != nil {
		return nil, "", fmt.Errorf("not a plan file: %w", err)
	}
	switch {
	case e.Version == 0 || len(e.Plan) == 0:
		return nil, "", errors.New("not a plan file: it has no member restorectl_plan, or no plan")
	case e.Version > Version:
		return nil, "", fmt.Errorf("the plan file has version %d and this program knows up to %d: use the restorectl that wrote it", e.Version, Version)
	}
	p = new(planner.Plan)
	if err := json.Unmarshal(e.Plan, p); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrAltered, err)
	}
	if p.Format > planner.Format {
		return nil, "", fmt.Errorf("the plan has format %d and this program knows up to %d: use the restorectl that wrote it", p.Format, planner.Format)
	}
	again, digest, err := Encode(p)
	if err != nil {
		return nil, "", err
	}
	if digest != e.Digest || !bytes.Equal(again, doc) {
		return nil, "", ErrAltered
	}
	return p, digest, nil
}

// Read reads the plan file at path.
func Read(path string) (*planner.Plan, string, error) {
	doc, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("there is no plan file %s: make one with `restorectl plan`", path)
	}
	if err != nil {
		return nil, "", err
	}
	p, digest, err := Decode(doc)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w; nothing was done; make a new one with `restorectl plan`", path, err)
	}
	return p, digest, nil
}

// Write writes the plan file at path, mode 0600, whole or not at all, and gives its digest. It refuses a plan that holds one of
// the sensitive values.
func Write(path string, p *planner.Plan, sensitive []string) (digest string, err error) {
	doc, digest, err := Encode(p)
	if err != nil {
		return "", err
	}
	for _, s := range sensitive {
		quoted, _ := json.Marshal(s) // A string always encodes.
		if s != "" && bytes.Contains(doc, []byte(strings.Trim(string(quoted), `"`))) {
			return "", errors.New("a sensitive variable's value would be written to the plan file: use it only where no plan shows it")
		}
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // CreateTemp makes files of mode 0600.
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // Gone already after the rename.
	_, err = tmp.Write(doc)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return digest, err
}
