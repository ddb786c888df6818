package accesslog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"

	"holdfast"
)

// maxLine is the longest line that is read, in bytes. Servers bound requests
// and headers to 8 KB and less; escaping makes four of one.
const maxLine = 64 << 10

// lines reads the lines of a log.
type lines struct {
	from *bufio.Reader
	n    int64 // of the last line, from 1
}

// errTooLong is of a line that was skipped to its end.
var errTooLong = fmt.Errorf("longer than %d bytes", maxLine)

// openLines reads a log that is plain or gzip.
func openLines(r io.Reader) (*lines, error) {
	file := &counted{from: r}
	raw := bufio.NewReaderSize(file, maxLine)
	magic, err := raw.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		zipped := raw
		at := func() int64 { return file.n - int64(zipped.Buffered()) }
		unzip, err := gzip.NewReader(zipped)
		if err != nil {
			return nil, damagedAt(at(), err)
		}
		raw = bufio.NewReaderSize(unzipped{unzip, at}, maxLine)
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}), bytes.HasPrefix(magic, []byte("BZh")), bytes.HasPrefix(magic, []byte("\xfd7zX")):
		return nil, errors.New("it is compressed, and not with gzip: decompress it and name - for standard input")
	}
	if mark, _ := raw.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = raw.Discard(3)
	}
	return &lines{from: raw}, nil
}

// counted counts what is read of a file.
type counted struct {
	from io.Reader
	n    int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// unzipped tells damage from errors of reading.
type unzipped struct {
	*gzip.Reader
	at func() int64 // how much of the file it has used
}

func (u unzipped) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = damagedAt(u.at(), errCutOff)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		err = damagedAt(u.at(), err)
	}
	return n, err
}

// errCutOff is of the beginning of a line, or of a compressed log.
var errCutOff = errors.New("cut off")

// damagedAt is of compressed logs that cannot be read past a byte.
func damagedAt(at int64, why error) error {
	return holdfast.Hint(fmt.Errorf("the compressed log is %w at byte %d: %w", holdfast.ErrDamaged, at, why),
		"what comes before is read; with a good copy of it the same command adds the rest, and nothing twice")
}

// head returns what the log begins with, without reading on.
func (l *lines) head() []byte {
	head, _ := l.from.Peek(maxLine)
	return head
}

// next returns the next line without its end, until it is called again. Whole
// says that it had one. Of a line that is too long the error is errTooLong;
// after any other, of which io.EOF is one, there are no more.
func (l *lines) next() (text []byte, whole bool, err error) {
	text, err = l.from.ReadSlice('\n')
	switch {
	case err == nil:
		l.n++
		return bytes.TrimSuffix(text[:len(text)-1], []byte("\r")), true, nil
	case errors.Is(err, bufio.ErrBufferFull):
		l.n++
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = l.from.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return nil, false, err
		}
		return nil, true, errTooLong
	case len(text) > 0:
		l.n++
		if err == io.EOF { // which comes again
			return text, false, nil
		}
		return text, false, err
	}
	return nil, false, err
}
