// Package planner decides what a restore does and in which order.
//
// It is pure: from what the operator wrote (config.Restore), what the providers saw (Observation) and a time it makes a Plan,
// and from a plan, the record of what was done and a fresh observation it makes the inverse plan. It reads no file, opens no
// connection, asks no clock and throws no dice, so the same input gives the same bytes.
//
// The types in this package are the language that the other layers share: a Plan has Phases, a Phase has Steps, a Step has one
// Action for one host or for the cluster, the Changes that people review, and its inverse.
package planner
