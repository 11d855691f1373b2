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
	// maxBlocks is how many blocks there are: one is scanned while another is read and hashed, and one waits.
	maxBlocks = 3
)

// blocks reads a stream in blocks and hashes them, ahead of whoever scans them, in a goroutine of its own as soon as there is a second block.
// A block is hashed where it lies, and read into again when it was scanned.
type blocks struct {
	in  io.Reader
	sum hash.Hash
	// size is that of a block without its headroom, in bytes.
	size int
	// scanned is the block that was given last, and err what ended the stream after it.
	scanned []byte
	err     error
	// filled are the blocks that were read, free those that were scanned. Closing stop ends the goroutine, and done is closed at its end.
	filled     chan block
	free       chan []byte
	stop, done chan struct{}
}

// block is what was read, behind its headroom, and the error that came after it.
type block struct {
	buf []byte
	err error
}

func newBlocks(in io.Reader) *blocks { return &blocks{in: in, sum: sha256.New(), size: blockSize} }

// next gives the next block with rest, at most headroom bytes, right before it; buf[at:] is both. What rest was part of is not valid any
// more. At the end of the stream it gives io.EOF.
func (b *blocks) next(rest []byte) (buf []byte, at int, err error) {
	if b.err != nil {
		return nil, 0, b.err
	}
	got := b.fetch()
	at = headroom - len(rest)
	copy(got.buf[at:], rest)
	if b.scanned != nil {
		b.free <- b.scanned
	}
	b.scanned, b.err = got.buf, got.err
	if len(got.buf) == headroom {
		return nil, 0, b.err
	}
	return got.buf, at, nil
}

// fetch gives the next block that was read. For a stream that ends in the first one a goroutine would cost more than it gains.
func (b *blocks) fetch() block {
	if b.filled != nil {
		return <-b.filled
	}
	first := b.read(make([]byte, headroom+b.size))
	if first.err != nil {
		b.sum.Write(first.buf[headroom:])
		return first
	}
	b.filled, b.free = make(chan block, maxBlocks), make(chan []byte, maxBlocks)
	b.stop, b.done = make(chan struct{}), make(chan struct{})
	go b.ahead(first)
	return first
}

// read fills a block.
func (b *blocks) read(buf []byte) block {
	n := 0
	var err error
	for n < b.size && err == nil {
		var got int
		got, err = b.in.Read(buf[headroom+n:])
		n += got
	}
	return block{buf[:headroom+n], err}
}

// ahead hashes the first block, and reads and hashes those behind it.
func (b *blocks) ahead(last block) {
	defer close(b.done)
	for made := 1; ; {
		b.sum.Write(last.buf[headroom:])
		if last.err != nil {
			return
		}
		var buf []byte
		if made < maxBlocks {
			made++
			buf = make([]byte, headroom+b.size)
		} else {
			select {
			case buf = <-b.free:
			case <-b.stop:
				return
			}
		}
		last = b.read(buf[:headroom+b.size])
		b.filled <- last // There is room: no more blocks are made than it holds.
	}
}

// digest gives the SHA-256 of the stream, which has ended, in lower-case hex.
func (b *blocks) digest() string {
	if b.done != nil {
		<-b.done
	}
	return hex.EncodeToString(b.sum.Sum(nil))
}

// close ends the reading of a stream before its end.
func (b *blocks) close() {
	if b.done != nil {
		close(b.stop)
		<-b.done
	}
}
