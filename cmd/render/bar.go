package render

import (
	"fmt"
	"strings"
	"time"
)

// Bar is a line that shows how much of a transfer is done after some time: bytes done, of a total that is 0 where it is not known.
func Bar(done, total int64, took time.Duration) string {
	const width = 40
	filled := 0
	if total > 0 {
		filled = int(min(width, max(0, done)*width/total))
	}
	speed := 0.0
	if took > 0 {
		speed = float64(done>>20) / took.Seconds()
	}
	of := ""
	if total > 0 {
		of = fmt.Sprintf(" of %d", total>>20)
	}
	return fmt.Sprintf("[%s%s] %d%s MiB, %.0f MiB/s", strings.Repeat("#", filled), strings.Repeat("-", width-filled), done>>20, of, speed)
}
