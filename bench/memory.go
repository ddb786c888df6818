package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"holdfast"
)

// served is what was measured of a server over the loaded store.
type served struct {
	opened      time.Duration // with nothing of the store in the system's cache
	openedAgain time.Duration
	atRest      int64 // bytes
	peak        int64
	asked       int
	batch       []float64 // ms of all questions in one request
}

// memory runs the program over the loaded store and asks it over HTTP.
func memory(ctx context.Context, s *settings, r *report) error {
	l, err := s.loaded()
	if err != nil {
		return err
	}
	program, err := buildHoldfast(ctx, s.dir)
	if err != nil {
		return err
	}
	say("serving the loaded store")
	var m served
	if err := dropCache(s.store()); err != nil {
		return err
	}
	for _, into := range []*time.Duration{&m.opened, &m.openedAgain} {
		server, err := startServer(ctx, s.threads, program, "serve", "--data", s.store(), "--listen", "127.0.0.1:0")
		if err != nil {
			return err
		}
		*into = server.opened
		if into == &m.openedAgain {
			time.Sleep(2 * time.Second)
			m.atRest = memoryOf(server.pid())
			err = m.ask(ctx, server, l, s.runs)
			m.peak = peakOf(server.pid())
		}
		if err := errors.Join(err, server.stop()); err != nil {
			return err
		}
	}
	r.served(l, &m)
	return nil
}

// ask asks all questions in one request, several times.
func (m *served) ask(ctx context.Context, server *server, l *loaded, runs int) error {
	body := struct {
		Questions []holdfast.Question `json:"questions"`
	}{}
	for i := range questions {
		q, err := questions[i].forHoldfast(l, false)
		if err != nil {
			return err
		}
		body.Questions = append(body.Questions, q)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	m.asked = len(body.Questions)
	for range warmUps + runs {
		began := time.Now()
		if err := post(ctx, "http://"+server.address+"/api/v1/query", l.Key, text); err != nil {
			return err
		}
		m.batch = append(m.batch, float64(time.Since(began).Microseconds())/1000)
	}
	return nil
}

func post(ctx context.Context, url, key string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s: %s: %s", url, answer.Status, text)
	}
	return nil
}
