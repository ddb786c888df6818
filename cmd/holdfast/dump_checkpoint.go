package main

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/checkpoint"
	"holdfast/keep/record"
)

func dumpCheckpointCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "checkpoint FILE",
		Short:   "Print a checkpoint of the catalog or the ledger, as JSON",
		Example: "  holdfast dump checkpoint /var/lib/holdfast/checkpoints/ledger-00000000000000001234",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, name, err := openBeside(args[0])
			if err != nil {
				return fmt.Errorf("open %s: %w", args[0], err)
			}
			defer dir.Close()
			dumped, err := readCheckpoint(dir, name)
			if err != nil {
				return err
			}
			return printJSON(cmd, dumped)
		},
	}
}

// readCheckpoint reads a checkpoint of whatever store it is of.
func readCheckpoint(dir fsx.FS, name string) (*object, error) {
	fold, digits, ok := strings.Cut(name, "-")
	seq, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || len(digits) != 20 || (fold != "catalog" && fold != "ledger") {
		return nil, usage(fmt.Errorf("%s is not the name of a checkpoint", name), "they are called catalog- or ledger- and 20 digits")
	}
	b, err := fsx.ReadFile(dir, name)
	if err != nil {
		return nil, err
	}
	var store [16]byte
	if len(b) >= 24 {
		store = [16]byte(b[8:24])
	}
	folder := checkpoint.Folder{FS: dir, Dir: ".", Name: fold, Store: store}
	payload, err := folder.Read(holdfast.Seq(seq))
	if err != nil {
		return nil, err
	}
	o := &object{}
	o.put("store", hex.EncodeToString(store[:]))
	o.put("seq", seq)
	if fold == "catalog" {
		return o, putCatalog(o, payload)
	}
	return o, putLedger(o, payload)
}

func putCatalog(o *object, payload []byte) error {
	c, err := record.DecodeCatalog(payload)
	if err != nil {
		return err
	}
	var sites, keys, deals []*object
	for _, s := range c.Sites {
		sites = append(sites, dumpedSite(s))
	}
	for _, k := range c.Keys {
		keys = append(keys, dumpedKey(k))
	}
	for _, d := range c.Deals {
		deals = append(deals, dumpedDeal(d))
	}
	o.put("last_site", c.LastSite)
	o.put("sites", sites)
	o.put("keys", keys)
	o.put("deals", deals)
	return nil
}

func putLedger(o *object, payload []byte) error {
	l, err := record.DecodeLedger(payload)
	if err != nil {
		return err
	}
	var ups, accounts []*object
	for _, u := range l.Ups {
		up := &object{}
		up.put("from", u.From.String())
		up.put("to", u.To.String())
		ups = append(ups, up)
	}
	for i := range l.Accounts {
		a := &object{}
		a.put("site", l.Accounts[i].Site)
		a.put("kept", l.Accounts[i].Kept)
		a.put("gone", l.Accounts[i].Gone)
		accounts = append(accounts, a)
	}
	o.put("sealed_to", l.SealedTo)
	o.put("running", l.Running)
	o.put("files", dumpedFiles(l.Files))
	o.put("ups", ups)
	o.put("accounts", accounts)
	o.put("spoiled", dumpedTallies(l.Spoiled))
	damage := []*object{}
	for i := range l.Damage {
		damage = append(damage, dumpedDamage(&l.Damage[i]))
	}
	o.put("damage", damage)
	o.put("imported", dumpedImports(l.Imported))
	return nil
}
