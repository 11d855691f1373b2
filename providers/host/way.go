package host

import (
	"fmt"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/config"
)

// maxHops is how many machines there may be on the way to a host, itself included.
const maxHops = 16

// way decides everything about the machines to connect to, each through the one before it. The last one is the scheduler's.
//
// As with OpenSSH, the files are asked about each of them. The first of a ProxyJump is reached as the files say, which may be by way of
// others again; those after it through the one before them, whatever the files say.
func (s *settings) way(address string, c config.Connection) ([]*target, error) {
	final, err := s.target(address, c)
	if err != nil {
		return nil, err
	}
	way, chain := []*target{final}, []string{address}
	for next := final.jumps; len(next) > 0; next = way[0].jumps {
		if slices.Contains(chain, next[0]) {
			return nil, fmt.Errorf("%s: the way to %s goes round in the SSH configuration: %s; write \"ProxyJump none\" for %s before what "+
				"says otherwise", final.jumpsFrom, address, strings.Join(append(chain, next[0]), " by way of "), next[0])
		}
		if len(way)+len(next) > maxHops {
			return nil, fmt.Errorf("%s: there are more than %d machines on the way to %s", final.jumpsFrom, maxHops, address)
		}
		chain = append(chain, next[0])
		hops := make([]*target, len(next))
		for i, text := range next {
			before := ""
			if i > 0 {
				before = next[i-1]
			}
			if hops[i], err = s.jump(text, before, c); err != nil {
				return nil, fmt.Errorf("on the way to %s: %w", address, err)
			}
		}
		way = append(hops, way...)
	}
	return way, nil
}

// jump decides everything about a machine of a ProxyJump.
func (s *settings) jump(text, before string, c config.Connection) (*target, error) {
	h, err := parseJump(text)
	if err != nil {
		return nil, fmt.Errorf("ProxyJump: %w", err)
	}
	h.jump = before
	t, err := s.resolve(h)
	if err != nil {
		return nil, err
	}
	if before != "" {
		t.jumps = nil // It is the one before it in the same list.
	}
	s.override(t, c)
	return t, nil
}
