package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// countries is a file in MaxMind's format in which a network is in New Zealand.
func countries(t *testing.T, dir, network string) string {
	t.Helper()
	file, err := mmdb(network, newZealand)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, dir, "places.mmdb", file)
}

var newZealand = mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("NZ")}}

// mmdb is what is in a file in MaxMind's format that knows this of a network.
func mmdb(network string, known mmdbtype.Map) ([]byte, error) {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test", IncludeReservedNetworks: true, RecordSize: 24})
	if err != nil {
		return nil, err
	}
	_, n, err := net.ParseCIDR(network)
	if err != nil {
		return nil, err
	}
	if err := tree.Insert(n, known); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	_, err = tree.WriteTo(&file)
	return file.Bytes(), err
}

// A page view becomes the same whether a server takes it or the verb itself.
func TestAnImportClassifiesAsAServerWithTheSameSettings(t *testing.T) {
	dir := t.TempDir()
	line := `203.0.113.7 - - [30/Jul/2024:18:30:00 +0200] "GET /?utm_source=x HTTP/1.1" 200 9 "https://www.google.com/" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"` + "\n"
	log := write(t, dir, "access.log", []byte(line))
	geoip := countries(t, dir, "203.0.113.0/24")
	imports := func(name string, server bool, flags ...string) string {
		data := filepath.Join(dir, name)
		verb(t, exitDone, "init", "--data", data, "--site", "shop.example")
		config := write(t, dir, name+".yaml", []byte("data: "+data+"\ngeoip: "+geoip+"\nlisten: 127.0.0.1:0\n"))
		if server {
			s, _, err := startServer(os.Getenv("PATH"), dir, "--config", config)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				s.cmd.Process.Kill()
				<-s.read
				s.cmd.Wait()
			}()
		}
		_, stderr := verb(t, exitDone, append([]string{"import", "log", "--config", config, "--site", "shop.example", log}, flags...)...)
		if (len(flags) > 0 && server) != strings.Contains(stderr, "--geoip makes no difference") {
			t.Errorf("%s: it says %s", name, stderr)
		}
		stdout, _ := verb(t, exitDone, "query", "--config", config, "--json", "views, events by country, source, channel, browser, os, device from 2024-07-30T18:00:00+02:00 to 2024-07-30T19:00:00+02:00")
		rows := stdout[strings.Index(stdout, `"rows"`):]
		return rows[:strings.Index(rows, "]]")]
	}
	alone := imports("alone", false)
	if !strings.Contains(alone, `"NZ"`) {
		t.Errorf("without a server it becomes %s", alone)
	}
	if served := imports("served", true); served != alone {
		t.Errorf("a server makes of it %s, and not %s", served, alone)
	}
	imports("flag", true, "--geoip", geoip)
	if got := imports("other", false, "--geoip", countries(t, t.TempDir(), "198.51.100.0/24")); strings.Contains(got, "NZ") {
		t.Errorf("the flag does not go before the file: %s", got)
	}
}
