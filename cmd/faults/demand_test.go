package main

import "testing"

// TestFallen reads what a leader said whose disk was full when it was to commit.
func TestFallen(t *testing.T) {
	said := `I1126 00:51:54.373 [qtp, LoggingInterceptor] commitRecovery() 
I20261126 00:51:54.390998 28904 replica.cpp:795] Error writing to log: no space left on device
I20261126 00:51:54.394122 28904 replica.cpp:795] Error writing to log: no space left on device
I1126 00:51:54.394 [main, StateMachine] SchedulerLifecycle state machine transition LEADER_AWAITING_REGISTRATION -> DEAD 
E1126 00:51:54.394 [main, SchedulerLifecycle] Failed to write to the log: position 2 of the log was not written: the log's database can't be written 
`
	if n := len(fallen.FindAllString(said+said, -1)); n != 2 {
		t.Errorf("%d of 2", n)
	}
	if fallen.MatchString("I1126 00:51:54.373 [qtp, LoggingInterceptor] commitRecovery() \nI1126 00:51:54.394 [main, Lifecycle] Shutting down application\n") {
		t.Error("a commit is taken for one that the leader fell over")
	}
}
