// Package netfilter is the packet filter of the sandbox's hosts: the rules, a subset of the nft program that changes and lists
// them, and a listener that obeys them.
//
// # The subset of nft
//
// One table family, inet, with chains of `type filter hook input priority N; policy accept|drop;` (other hooks are kept and
// listed, but nothing passes through them here) and rules of these statements:
//
//	iif, iifname             "lo", or any other name; != too
//	tcp dport                N or {N, M}; != too
//	ip saddr, ip6 saddr      an address, a network in CIDR notation, or a set of those; != too
//	ct state                 established, new; related, invalid and untracked, which no connection is
//	counter, comment "…"
//	accept, drop, reject, reject with tcp reset
//
// The commands are add, create, delete, flush and list for tables and chains, add and insert for rules, flush ruleset, list
// tables and list ruleset, from the command line, a file or standard input, with -f and -c (--check). What one run of nft is given
// takes effect as a whole or not at all. The rules are kept in a file for as long as the host runs.
//
// # Simplifications
//
// The ports of the scheduler, of its log and of SSH obey the rules. A connection comes from the host itself, by way of lo, when its
// source is the host's own address. It is judged after the kernel has accepted it, and again whenever data arrives: where a real
// host refuses a connection, here it is made and then reset; where a real host drops packets, it is made and then silent. Counters
// stay at 0.
package netfilter
