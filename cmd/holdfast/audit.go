package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"holdfast"
)

func auditCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:   "audit",
		Short: "Print the books of each site, and check that they balance",
		Long: `Print what came in for each site, and what became of it:

  received = counted + flagged + duplicate + refused + erased

What was counted and flagged is taken from the events themselves, the rest from
the ledger. A line without a site has what was refused before its site was
known.

Exit status: 0 the books balance, 4 they do not.`,
		Example: "  holdfast audit --data /var/lib/holdfast",
		Args:    takes(),
		RunE: with(func(cmd *cobra.Command, s *opened, _ []string) error {
			accounts, err := s.Audit(cmd.Context())
			if err != nil {
				return err
			}
			return printBooks(cmd, accounts)
		}),
	})
}

// printBooks prints the books, and returns an error if they do not balance.
func printBooks(cmd *cobra.Command, accounts map[string]holdfast.Account) error {
	sites := slices.Sorted(maps.Keys(accounts))
	var wrong []string
	for _, site := range sites {
		if a := accounts[site]; a.Difference() != 0 {
			wrong = append(wrong, fmt.Sprintf("%s: %d", shownName(site), a.Difference()))
		}
	}
	if err := writeBooks(cmd, sites, accounts); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return found(fmt.Errorf("the books do not balance: events received that are in no column: %v", wrong),
			"nothing was changed; holdfast verify says which file is not what it was")
	}
	say(cmd, "the books balance")
	return nil
}

func shownName(site string) string {
	if site == "" {
		return "(no site)"
	}
	return site
}

// shownAccount is the books of a site with whether they balance.
type shownAccount struct {
	holdfast.Account
	Difference int64 `json:"difference"` // 0: they balance
}

func writeBooks(cmd *cobra.Command, sites []string, accounts map[string]holdfast.Account) error {
	if wantsJSON(cmd) {
		books := make(map[string]shownAccount, len(accounts))
		for site, a := range accounts {
			books[site] = shownAccount{a, a.Difference()}
		}
		return printJSON(cmd, books)
	}
	t := &table{
		head:  []string{"SITE", "RECEIVED", "COUNTED", "FLAGGED", "DUPLICATE", "REFUSED", "ERASED", "DIFFERENCE"},
		right: []bool{false, true, true, true, true, true, true, true},
	}
	for _, site := range sites {
		a := accounts[site]
		t.add(shownName(site), count(a.Received), count(a.Counted), count(sum(a.Flagged)), count(a.Duplicate),
			count(sum(a.Refused)), count(sum(a.Erased)), count(a.Difference()))
	}
	if err := printTable(cmd, t); err != nil {
		return err
	}
	for _, site := range sites {
		a := accounts[site]
		if err := writeReasons(cmd, site, "flagged", a.Flagged); err != nil {
			return err
		}
		if err := writeReasons(cmd, site, "refused", a.Refused); err != nil {
			return err
		}
	}
	return nil
}

func sum[K comparable](counts map[K]int64) (n int64) {
	for _, c := range counts {
		n += c
	}
	return n
}

func writeReasons[K ~string](cmd *cobra.Command, site, what string, counts map[K]int64) error {
	for _, reason := range slices.Sorted(maps.Keys(counts)) {
		if counts[reason] == 0 {
			continue
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s: %s\n", shownName(site), count(counts[reason]), what, reason); err != nil {
			return err
		}
	}
	return nil
}
