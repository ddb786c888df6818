// Package holdfast is the vocabulary of the program of that name: what an
// event is, a site, a day, a question, an answer and its coverage.
//
// Holdfast collects the clickstream of web sites, keeps it so that it cannot
// be lost without anyone noticing, and shows it. An event comes in through a
// door (collect), where it is parsed, validated, given a visitor and
// classified. A Sink takes it and returns a Receipt once it is on stable
// storage: the one log (keep/wal) of a store (keep). From there followers
// bring it to the rows that questions are answered from: in memory first
// (keep/hot), in immutable Parquet files later (keep/segment). An Asker
// (query) answers Questions about those rows, and every Answer carries its
// Coverage: for which part of the time asked about the store knows what
// happened, and for which it does not. A Watcher (serve/live) says once
// a second what happens now.
//
// This package holds nouns and the rules that belong to a noun alone. It opens
// no file and no socket, starts no goroutine, and imports only the standard
// library.
package holdfast
