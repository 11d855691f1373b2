//go:build !linux

package main

// limitFiles can't be done to another process here, and there is no sandbox to do it for.
func limitFiles(int, uint64) error { return errNothing }
