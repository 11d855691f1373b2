// Package executor carries out plans, forward and inverse.
//
// It knows steps and journals, and nothing of Aurora. Phases run in order and the hosts of a phase beside each other. Every step
// goes look → record the intent → act → verify → record the result, so that a run that was cut off anywhere can be resumed by
// looking at the world.
package executor
