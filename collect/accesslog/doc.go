// Package accesslog is the door for the access logs of web servers: it reads
// lines, finds those that are page views, and hands them on as hits.
//
// An Importer reads logs, plain or gzip, and needs no more memory for a large
// one than for a small one. It accounts for every line: its Summary says what
// became of each. Hits go through a Door. Intake is the one in the process that
// has the store: it makes events of hits.
//
// Each hit has an id that follows from its line, so that a log that is read
// again, whole or in parts, adds nothing. The ids are part of what is kept: how
// they are made, and what that promises, is in docs/importing.md and must not
// change. The client's address takes no part in them.
package accesslog
