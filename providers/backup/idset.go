package backup

import "hash/maphash"

// idSet tells whether an id was there before, by a hash of 64 bits with a seed of its own: of a million different ids two are taken for
// the same in one of about forty million runs.
type idSet struct {
	seed  maphash.Seed
	slots []uint64
	count int
}

func newIDSet() *idSet { return &idSet{seed: maphash.MakeSeed(), slots: make([]uint64, 1<<16)} }

// add says whether the id was there already.
func (s *idSet) add(id []byte) bool {
	if s.count*2 >= len(s.slots) {
		s.grow()
	}
	h := maphash.Bytes(s.seed, id)
	if h == 0 {
		h = 1 // 0 is a free slot.
	}
	if s.insert(h) {
		s.count++
		return false
	}
	return true
}

func (s *idSet) insert(h uint64) bool {
	mask := uint64(len(s.slots) - 1) //nolint:gosec // A length is not negative.
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case 0:
			s.slots[i] = h
			return true
		case h:
			return false
		}
	}
}

func (s *idSet) grow() {
	old := s.slots
	s.slots = make([]uint64, 2*len(old))
	for _, h := range old {
		if h != 0 {
			s.insert(h)
		}
	}
}
