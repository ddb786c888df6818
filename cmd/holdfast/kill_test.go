package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast"
)

var killSeed = flag.Uint64("kill.seed", 0, "what the kills and the events between them depend on; 0: the time")

// TestNothingAcknowledgedIsLostByKilling kills a server fifty times while
// programs send events to it, and asks the last one for all that was
// acknowledged.
func TestNothingAcknowledgedIsLostByKilling(t *testing.T) {
	const kills = 50
	seed := cmp.Or(*killSeed, uint64(time.Now().UnixNano()))
	t.Logf("seed %d", seed)
	k := newKilled(t, seed)
	for range kills {
		k.round(t)
	}
	k.settle(t)
	k.check(t)
	t.Logf("%d batches acknowledged, %d not at first; %d events", len(k.receipts), k.unsure, len(k.acked))
	if len(k.receipts) == 0 || k.unsure == 0 {
		t.Error("the kills met no traffic: the test shows nothing")
	}
}

// killed is a store whose servers are killed, and what is known of it outside.
type killed struct {
	dir, key string
	flags    []string
	dice     *rand.Rand // of the test; senders have their own

	mu       sync.Mutex      // guards all below
	next     int             // events so far
	upTo     int             // and at most in this round
	again    []sent          // not acknowledged, and with ids: to be sent again
	acked    map[string]bool // paths of events that were acknowledged
	maybe    map[string]bool // paths of events without ids that were not
	receipts []string
	unsure   int // batches whose acknowledgement did not come at first
}

// sent is a batch of events. Each has a path of its own.
type sent struct {
	body  []byte
	paths []string
	ids   bool
}

func newKilled(t *testing.T, seed uint64) *killed {
	t.Helper()
	k := &killed{
		dir: filepath.Join(t.TempDir(), "store"), dice: rand.New(rand.NewPCG(seed, 0)),
		acked: map[string]bool{}, maybe: map[string]bool{},
	}
	k.flags = []string{"--data", k.dir, "--listen", "127.0.0.1:0", "--seal-rows", "1500",
		"--limits-new-strings-per-hour", "0", "--limits-network-rate", "0"}
	var made struct{ Key string }
	if err := json.Unmarshal(holdfastVerb(t, "init", "--data", k.dir, "--site", "shop.example", "--json"), &made); err != nil {
		t.Fatal(err)
	}
	k.key = made.Key
	return k
}

// holdfastVerb runs a verb that must succeed, and returns its output.
func holdfastVerb(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("holdfast", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("holdfast %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return out
}

// perRound bounds the events of a round: all of them together must fit into
// one answer.
const perRound = 1800

// round runs a server and kills it, sometimes before it is ready.
func (k *killed) round(t *testing.T) {
	t.Helper()
	if k.dice.IntN(5) == 0 {
		cmd := exec.Command("holdfast", append([]string{"serve"}, k.flags...)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(k.dice.IntN(60)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return
	}
	s, url := k.start(t)
	k.upTo = k.next + perRound
	ctx, cancel := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	for range 4 {
		dice := rand.New(rand.NewPCG(k.dice.Uint64(), 0))
		senders.Go(func() {
			for ctx.Err() == nil {
				if batch, ok := k.batch(dice); ok && !k.send(ctx, url, batch) {
					return
				}
			}
		})
	}
	time.Sleep(time.Duration(k.dice.IntN(200)) * time.Millisecond)
	_ = s.cmd.Process.Kill()
	cancel()
	senders.Wait()
	<-s.read
	_ = s.cmd.Wait()
}

func (k *killed) start(t *testing.T) (*running, string) {
	t.Helper()
	s, url, err := startServer("", ".", k.flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	return s, url
}

// batch returns a new batch of up to 20 events, or one to be sent again, or
// none if the round has had its share.
func (k *killed) batch(dice *rand.Rand) (sent, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.again); n > 0 && dice.IntN(3) == 0 {
		last := k.again[n-1]
		k.again = k.again[:n-1]
		return last, true
	}
	if k.next >= k.upTo {
		time.Sleep(time.Millisecond)
		return sent{}, false
	}
	s := sent{ids: dice.IntN(5) > 0}
	var body bytes.Buffer
	for range 1 + dice.IntN(20) {
		k.next++
		path := fmt.Sprintf("/%d", k.next)
		s.paths = append(s.paths, path)
		fmt.Fprintf(&body, `{"site":"shop.example","name":"pageview","url":%q,"visitor":"v%d"`, path, dice.IntN(50))
		if s.ids {
			fmt.Fprintf(&body, `,"id":%q`, path)
		}
		body.WriteString("}\n")
	}
	s.body = body.Bytes()
	return s, true
}

// send sends a batch, and notes what came of it. It reports whether the server
// still answers.
func (k *killed) send(ctx context.Context, url string, s sent) (answers bool) {
	receipt, answers := k.post(ctx, url, s.body)
	k.mu.Lock()
	defer k.mu.Unlock()
	if receipt != "" {
		k.receipts = append(k.receipts, receipt)
		for _, p := range s.paths {
			k.acked[p] = true
		}
		return answers
	}
	k.unsure++
	if s.ids {
		k.again = append(k.again, s)
		return answers
	}
	for _, p := range s.paths {
		k.maybe[p] = true
	}
	return answers
}

func (k *killed) post(ctx context.Context, url string, body []byte) (receipt string, answers bool) {
	req, err := http.NewRequestWithContext(ctx, "POST", url+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return "", false
	}
	req.Header.Set("Authorization", "Bearer "+k.key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusAccepted {
		return "", res.StatusCode == http.StatusServiceUnavailable
	}
	return res.Header.Get("Holdfast-Receipt"), true
}

// settle sends again what was never acknowledged.
func (k *killed) settle(t *testing.T) {
	t.Helper()
	s, url := k.start(t)
	again := k.again
	k.again = nil
	for _, batch := range again {
		for range 100 {
			if k.send(t.Context(), url, batch); len(k.again) == 0 {
				break
			}
			k.again, k.unsure = nil, k.unsure-1
			time.Sleep(10 * time.Millisecond)
		}
		if !k.acked[batch.paths[0]] {
			t.Fatal("a batch is not acknowledged although nobody kills the server")
		}
	}
	k.checkReceipts(t, url)
	_ = s.cmd.Process.Kill()
	<-s.read
	_ = s.cmd.Wait()
}

// checkReceipts asks what has become of each receipted batch.
func (k *killed) checkReceipts(t *testing.T, url string) {
	t.Helper()
	fates := map[holdfast.Fate]int{}
	for _, receipt := range k.receipts {
		res, err := http.Get(url + "/r/" + receipt)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Fate holdfast.Fate }
		err = json.NewDecoder(res.Body).Decode(&answer)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		fates[answer.Fate]++
	}
	t.Logf("fates of the batches: %v", fates)
	if fates[holdfast.Kept]+fates[holdfast.Sealed] != len(k.receipts) {
		t.Errorf("receipts were given for what is not there: %v", fates)
	}
	if fates[holdfast.Sealed] == 0 {
		t.Error("nothing was sealed between the kills: the test shows less than it should")
	}
}

// check asks for all events, and reads the whole store.
func (k *killed) check(t *testing.T) {
	t.Helper()
	var answer holdfast.Answer
	if err := json.Unmarshal(holdfastVerb(t, "query", "--data", k.dir, "--json", "events by path for 7d limit 100000"), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Truncated {
		t.Fatal("there are more events than one answer holds")
	}
	there := make(map[string]int, len(answer.Rows))
	for _, row := range answer.Rows {
		path, n := row[0].(string), int(row[1].(float64))
		there[path] = n
		switch {
		case n != 1:
			t.Errorf("event %s is there %d times", path, n)
		case !k.acked[path] && !k.maybe[path]:
			t.Errorf("event %s was never sent", path)
		}
	}
	for path := range k.acked {
		if there[path] == 0 {
			t.Errorf("event %s was acknowledged and is missing", path)
		}
	}
	holdfastVerb(t, "verify", "--data", k.dir)
	holdfastVerb(t, "audit", "--data", k.dir)
}
