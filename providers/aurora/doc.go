// Package aurora holds the Thrift structs of Apache Aurora that a restore meets, and their wire formats.
//
// The structs carry their field ids and types in tags (`thrift:"4,set"`), and one codec reads and writes them all through the
// Thrift library's protocols, so that the same types serve backup files and log entries (binary protocol) and the admin API
// (TJSON). Ids and types are those of api.thrift and storage.thrift of the releases 0.9.0 to 0.22.0. A field that is not
// present is a nil pointer, slice or map, so that what was read is written again with the same fields. Unknown fields are
// skipped.
package aurora
