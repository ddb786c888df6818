package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

// triedDeal is what a line of a table would become.
type triedDeal struct {
	Line    int                 `json:"line"`
	Becomes holdfast.DealChange `json:"becomes"`
	Changes []string            `json:"changes,omitempty"` // fields of a deal that is there
	ID      string              `json:"id"`
	Title   string              `json:"title"`
	Starts  holdfast.Millis     `json:"starts"`
	Ends    holdfast.Millis     `json:"ends,omitzero"` // 0: when the next one starts
	Goal    string              `json:"goal,omitempty"`
	Paths   []string            `json:"paths,omitempty"`
	Link    string              `json:"link,omitempty"`
}

func triedDealOf(line int, w *deal.Written, p *control.PutDeal) triedDeal {
	return triedDeal{
		Line: line, Becomes: p.Change, Changes: p.Changes, ID: w.ID, Title: w.Title, Starts: p.Starts, Ends: p.Ends,
		Goal: w.Goal, Paths: w.Paths, Link: w.Link,
	}
}

// printTriedDeals prints what lines would become, in the order of the file.
func printTriedDeals(cmd *cobra.Command, site control.Site, list []triedDeal) error {
	t := &table{head: []string{"LINE", "BECOMES", "ID", "TITLE", "STARTS", "ENDS", "GOAL", "PATHS"}, right: []bool{true}}
	loc := zoneOf(site)
	for _, d := range list {
		becomes, ends := string(d.Becomes), "when the next starts"
		if len(d.Changes) > 0 {
			becomes += ": " + strings.Join(d.Changes, ", ")
		}
		if d.Ends != 0 {
			ends = moment(d.Ends, loc)
		}
		t.add(fmt.Sprint(d.Line), becomes, d.ID, plain(d.Title), moment(d.Starts, loc), ends, plain(d.Goal), plain(strings.Join(d.Paths, " ")))
	}
	if err := printTable(cmd, t); err != nil {
		return err
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout())
	return err
}
