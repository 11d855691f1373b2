package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

const (
	// blockSize is how much is read at once, in bytes: little enough that a block is still in a core's cache when it is hashed.
	blockSize = 256 << 10
	// headroom is the room before a block for what is left of the block before it; no more than that is asked to be in one piece.
	headroom = maxText
	// maxBlocks is how many blocks there are: one is scanned while another is hashed, and one waits.
	maxBlocks = 3
)

// blocks reads a stream in blocks and hashes them beside the reader, in a goroutine of its own as soon as there is a second block. A
// block is hashed where it lies, and read into again when both are done with it.
type blocks struct {
	in  io.Reader
	err error
	sum hash.Hash
	// size is that of a block without its headroom, in bytes.
	size int
	// made counts the blocks that exist. Those that were hashed come back through free, in the order in which they were given out: the
	// one that is scanned is always the last of them.
	made   int
	free   chan []byte
	toHash chan []byte
	done   chan struct{}
}

func newBlocks(in io.Reader) *blocks { return &blocks{in: in, sum: sha256.New(), size: blockSize} }

// next gives the next block with rest, at most headroom bytes, right before it; buf[at:] is both. What rest was part of is not valid any
// more. At the end of the stream it gives io.EOF.
func (b *blocks) next(rest []byte) (buf []byte, at int, err error) {
	if b.err != nil {
		return nil, 0, b.err
	}
	buf = b.block()
	at = headroom - len(rest)
	copy(buf[at:], rest)
	n := 0
	for n < b.size && b.err == nil {
		var got int
		got, b.err = b.in.Read(buf[headroom+n:])
		n += got
	}
	b.hash(buf[:headroom+n])
	if n == 0 {
		return nil, 0, b.err
	}
	return buf[:headroom+n], at, nil
}

// block gives a block that nobody uses.
func (b *blocks) block() []byte {
	if b.made == maxBlocks {
		return (<-b.free)[:headroom+b.size]
	}
	b.made++
	return make([]byte, headroom+b.size)
}

// hash hashes a block: at once where the stream ends in the first one, for which a goroutine would cost more than it gains.
func (b *blocks) hash(buf []byte) {
	if b.toHash == nil {
		if b.err != nil {
			b.sum.Write(buf[headroom:])
			return
		}
		b.free, b.toHash, b.done = make(chan []byte, maxBlocks), make(chan []byte, maxBlocks), make(chan struct{})
		go func() {
			defer close(b.done)
			for buf := range b.toHash {
				b.sum.Write(buf[headroom:])
				b.free <- buf
			}
		}()
	}
	b.toHash <- buf
}

// digest ends the hashing and gives the SHA-256 of all that was read, in lower-case hex.
func (b *blocks) digest() string {
	if b.toHash != nil {
		close(b.toHash)
		<-b.done
		b.toHash = nil
	}
	return hex.EncodeToString(b.sum.Sum(nil))
}
