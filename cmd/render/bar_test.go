package render

import (
	"testing"
	"time"
)

func TestBar(t *testing.T) {
	const mib = 1 << 20
	for _, tt := range []struct {
		done, total int64
		took        time.Duration
		want        string
	}{
		{0, 2048 * mib, 0, "[----------------------------------------] 0 of 2048 MiB, 0 MiB/s"},
		{51 * mib, 2048 * mib, time.Second, "[----------------------------------------] 51 of 2048 MiB, 51 MiB/s"},
		{1024 * mib, 2048 * mib, 4 * time.Second, "[####################--------------------] 1024 of 2048 MiB, 256 MiB/s"},
		{2048 * mib, 2048 * mib, 8 * time.Second, "[########################################] 2048 of 2048 MiB, 256 MiB/s"},
		// A file may grow while it is read; a file of the kernel's says that it has no bytes.
		{3000 * mib, 2048 * mib, 10 * time.Second, "[########################################] 3000 of 2048 MiB, 300 MiB/s"},
		{7 * mib, 0, 2 * time.Second, "[----------------------------------------] 7 MiB, 4 MiB/s"},
	} {
		if got := Bar(tt.done, tt.total, tt.took); got != tt.want {
			t.Errorf("%d of %d in %s: %q, want %q", tt.done, tt.total, tt.took, got, tt.want)
		}
	}
}
