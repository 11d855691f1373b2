// Command faults proves the promise that whatever happens in the middle of a run, nothing is lost and the same command finishes the job.
//
// A case brings up a sandbox, plans, applies and reverts on it with a restorectl process as an operator has it, and injects a fault, or
// two, at one event of the journal. Then the same commands are given again until they come to their end, and the end must always be the
// same. A case follows from its seed alone; consecutive seeds go through all scenarios, all events of their journals, and all kinds of
// fault.
//
//	go run ./cmd/faults run -restorectl bin/restorectl -cases 500 -out faults.jsonl
//	go run ./cmd/faults run -restorectl bin/restorectl -seed 17 -cases 1 -keep
//	go run ./cmd/faults table -into docs/reliability.md faults.jsonl
package main
