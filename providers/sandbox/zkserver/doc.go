// Package zkserver is a small ZooKeeper server that keeps everything in memory. The sandbox and the tests use it where a
// cluster has its ZooKeeper ensemble.
//
// It speaks the client protocol of ZooKeeper 3.4: sessions with negotiated timeouts, passwords and reconnection; create
// (persistent, ephemeral, sequential), delete, exists, getData, setData, getChildren, getChildren2, getACL, setACL, sync,
// setWatches, ping, auth with the digest scheme and closeSession; watches that are delivered once; ACLs of the schemes world,
// auth and digest. Names of children come in no order, as from the real server, so that a client that forgets to sort them is found
// out.
//
// What it leaves out: an ensemble (one server answers), the four-letter words, a disk (a restarted server is empty and knows no
// session), transactions (multi answers "unimplemented"), containers and nodes with a time to live, SASL, the schemes ip, super
// and x509, and quotas.
package zkserver
