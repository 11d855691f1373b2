package scheduler

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzDecodeReply gives the TJSON decoder answers that no scheduler gave.
func FuzzDecodeReply(f *testing.F) {
	answers, err := filepath.Glob("testdata/http/*.response.json")
	if err != nil || len(answers) == 0 {
		f.Fatalf("%d answers, error %v", len(answers), err)
	}
	for _, a := range answers {
		data, err := os.ReadFile(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		answer, err := decodeReply(t.Context(), "scheduler-1", "queryRecovery", data)
		if err != nil && len(answer.Tasks) > 0 {
			t.Errorf("an answer with %d tasks and the error %v", len(answer.Tasks), err)
		}
	})
}
