package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"holdfast/internal/traffic"
	"holdfast/keep"
)

// tooLate is how late a hit may be sent. Whoever came while the machine slept
// did not find a server.
const tooLate = time.Minute

// goOn makes the traffic arrive as time goes on, through the door that programs
// of a site use.
func (d *demo) goOn(ctx context.Context, store *keep.Store, address string) error {
	p := d.past
	last := time.Time{}
	for failed := false; p.more; p.more = p.arrivals.Next(&p.hit) {
		arrives := p.hit.Arrival.Time()
		select {
		case <-time.After(time.Until(arrives)):
		case <-ctx.Done():
			return nil
		}
		if p.clock = time.Now(); p.clock.Sub(last) >= tendEvery {
			if err := p.announce(ctx, store); err != nil && ctx.Err() == nil {
				return fmt.Errorf("announce deals: %w", err)
			}
			last = p.clock
		}
		if p.clock.Sub(arrives) > tooLate {
			continue
		}
		err := p.send(ctx, address)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !failed {
			say(d.cmd, "made-up traffic is not taken, and is lost meanwhile: %v", err)
		}
		failed = err != nil
	}
	return nil
}

// send sends the next hit to a server.
func (p *past) send(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/v1/events", bytes.NewReader(traffic.JSON(&p.hit)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+p.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err == nil && answer.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("%s: %s", answer.Status, bytes.TrimSpace(text))
	}
	return err
}
