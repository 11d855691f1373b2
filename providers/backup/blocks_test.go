package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/restorectl/restorectl/providers/backup/backuptest"
)

// TestBlocksHashWhatTheyGive puts pieces of several sizes together again, with a rest carried over from block to block.
func TestBlocksHashWhatTheyGive(t *testing.T) {
	data := make([]byte, 5*blockSize+17)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(data)
	for _, size := range []int{0, 1, blockSize - 1, blockSize, blockSize + 1, 3 * blockSize, len(data)} {
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "halves": iotest.HalfReader, "early end": iotest.DataErrReader,
		} {
			t.Run(fmt.Sprintf("%d/%s", size, name), func(t *testing.T) {
				b := newBlocks(reader(bytes.NewReader(data[:size])))
				var got, rest []byte
				for {
					buf, at, err := b.next(rest)
					if err != nil {
						if !errors.Is(err, io.EOF) {
							t.Fatal(err)
						}
						break
					}
					keep := min(len(buf)-at, headroom)
					got = append(got, buf[at:len(buf)-keep]...)
					rest = buf[len(buf)-keep:]
				}
				got = append(got, rest...)
				want := sha256.Sum256(data[:size])
				if digest := b.digest(); digest != hex.EncodeToString(want[:]) || !bytes.Equal(got, data[:size]) {
					t.Errorf("%d bytes of %d, digest %s, want %x", len(got), size, digest, want)
				}
			})
		}
	}
}

// TestScanTellsALostConnectionFromTheEnd lets the stream break at several places; one that wraps io.EOF is no end either.
func TestScanTellsALostConnectionFromTheEnd(t *testing.T) {
	var large bytes.Buffer
	if err := backuptest.Generate(&large, 2000); err != nil {
		t.Fatal(err)
	}
	lost := fmt.Errorf("the connection was lost: %w", io.ErrUnexpectedEOF)
	for _, n := range []int{0, 1, 1000, blockSize, 3 * blockSize, large.Len()} {
		_, err := Scan(io.MultiReader(bytes.NewReader(large.Bytes()[:n]), iotest.ErrReader(lost)), Keep{})
		if !errors.Is(err, lost) || errors.Is(err, ErrCutOff) || errors.Is(err, ErrEmpty) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// TestScanReadsTasksLargerThanABlock has a task that no block holds, between others.
func TestScanReadsTasksLargerThanABlock(t *testing.T) {
	var file bytes.Buffer
	if err := backuptest.GenerateWith(&file, 20, func(i int) int { return i % 3 * blockSize }); err != nil {
		t.Fatal(err)
	}
	agree(t, file.Bytes())
}
