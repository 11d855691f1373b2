package render

import (
	"bytes"
	"testing"
)

func TestHTMLGolden(t *testing.T) {
	var out bytes.Buffer
	if err := HTML(&out, sample(), "0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.html", out.Bytes())
}
