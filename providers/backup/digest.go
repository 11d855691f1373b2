package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// digested is a reader whose bytes are hashed beside the reading, by another goroutine.
type digested struct {
	in     io.Reader
	sum    hash.Hash
	blocks chan []byte
	free   chan []byte
	done   chan struct{}
}

// ahead is how many blocks may wait to be hashed.
const ahead = 4

func newDigested(in io.Reader) *digested {
	d := &digested{in: in, sum: sha256.New(), blocks: make(chan []byte, ahead), free: make(chan []byte, ahead), done: make(chan struct{})}
	for range ahead {
		d.free <- nil
	}
	go func() {
		defer close(d.done)
		for b := range d.blocks {
			d.sum.Write(b)
			d.free <- b
		}
	}()
	return d
}

// Read reads, and hands a copy of what came to be hashed.
func (d *digested) Read(p []byte) (int, error) {
	n, err := d.in.Read(p)
	if n > 0 {
		d.blocks <- append((<-d.free)[:0], p[:n]...)
	}
	return n, err
}

// hex ends the hashing and gives the SHA-256 of all that was read.
func (d *digested) hex() string {
	close(d.blocks)
	<-d.done
	return hex.EncodeToString(d.sum.Sum(nil))
}
