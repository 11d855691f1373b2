package providers

import "testing"

func TestRegistrationsAreFoundByAnyName(t *testing.T) {
	r := registrations{
		replicas:   []string{"log-replica(1)@10.0.0.1:8083", "log-replica(1)@10.0.0.3:8083"},
		candidates: []string{"10.0.0.1", "scheduler-2.example.com."},
	}
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{[]string{"scheduler-3", "10.0.0.3"}, "log-replica(1)@10.0.0.3:8083"},
		{[]string{"SCHEDULER-2.example.com"}, "scheduler-2.example.com."},
		{[]string{"scheduler-4", "10.0.0.4"}, ""},
		{[]string{"10.0.0"}, ""},
	} {
		if got := r.of(tt.names); got != tt.want {
			t.Errorf("%v: %q", tt.names, got)
		}
	}
}

func TestMoreRegistrationsThanSchedulersAreAStranger(t *testing.T) {
	for name, r := range map[string]registrations{
		"replica":   {replicas: []string{"a@1.1.1.1:1", "b@1.1.1.2:1", "c@1.1.1.3:1"}},
		"candidate": {candidates: []string{"1.1.1.1", "1.1.1.2", "1.1.1.3"}},
	} {
		if r.stranger(2) == "" {
			t.Errorf("a third %s of two schedulers is not seen", name)
		}
		if why := r.stranger(3); why != "" {
			t.Errorf("all three are known, and yet: %s", why)
		}
	}
	twice := registrations{replicas: []string{"a@1.1.1.1:1", "a@1.1.1.1:1", "b@1.1.1.2:1"}}
	if why := twice.stranger(2); why != "" {
		t.Errorf("one that was restarted is taken for a stranger: %s", why)
	}
}
