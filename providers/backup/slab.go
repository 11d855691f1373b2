package backup

import "strings"

// slabSize is in bytes. A text that is held on to holds on to its slab, so they are not large.
const slabSize = 32 << 10

// slab keeps many texts in few pieces of memory.
type slab struct{ piece *strings.Builder }

func (s *slab) add(text []byte) string {
	if s.piece == nil || s.piece.Len()+len(text) > s.piece.Cap() {
		s.piece = &strings.Builder{}
		s.piece.Grow(max(slabSize, len(text)))
	}
	from := s.piece.Len()
	s.piece.Write(text)
	return s.piece.String()[from:]
}
