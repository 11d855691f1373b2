//go:build race

package main

// buildFlags make the program under test as the tests are made.
var buildFlags = []string{"-race"}
