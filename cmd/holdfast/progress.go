package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// progress says how far the reading of files has come, on a line of a terminal
// that it writes again and again. Its zero value says nothing.
type progress struct {
	to    io.Writer // nil: nobody watches
	began time.Time
	last  time.Time
	size  int64 // of all files; 0: not known
	read  int64
}

// newProgress returns the progress of reading files, for a person who watches.
func newProgress(cmd *cobra.Command, names []string) *progress {
	p := &progress{began: time.Now()}
	if file, ok := cmd.ErrOrStderr().(*os.File); ok && isTerminal(file) && !wantsJSON(cmd) {
		p.to = file
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			p.size = 0
			break
		}
		p.size += info.Size()
	}
	return p
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// progressEvery is how often the line changes.
const progressEvery = 500 * time.Millisecond

// show says that so many lines were read, unless it just said so.
func (p *progress) show(lines int64) {
	now := time.Now()
	if p.to == nil || now.Sub(p.last) < progressEvery {
		return
	}
	p.last = now
	read := size(p.read)
	if p.size > 0 {
		read += fmt.Sprintf(" of %s (%d %%)", size(p.size), 100*p.read/p.size)
	}
	rate := int64(float64(lines) / max(now.Sub(p.began).Seconds(), 0.001))
	fmt.Fprintf(p.to, "\r\x1b[K%s lines, %s, %s lines a second", count(lines), read, count(rate))
}

// end takes the line away.
func (p *progress) end() {
	if p.to != nil && !p.last.IsZero() {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}

// reading counts what is read of a file.
func (p *progress) reading(r io.Reader) io.Reader { return &countedReader{r, &p.read} }

type countedReader struct {
	io.Reader
	n *int64
}

func (r *countedReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	*r.n += int64(n)
	return n, err
}
