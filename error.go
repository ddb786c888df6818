package holdfast

import (
	"errors"
	"fmt"
)

// Classes of error that a caller decides on.
var (
	// ErrUnavailable: the store cannot make anything durable at the moment.
	// Nothing was promised; retry later.
	ErrUnavailable = errors.New("cannot be made durable now")
	// ErrNoSite: the catalog has no site of that name.
	ErrNoSite = errors.New("no such site")
	// ErrNoDeal: the site has no deal of that id.
	ErrNoDeal = errors.New("no such deal")
)

// ErrDamaged is the class of all *DamagedError, for errors.Is.
var ErrDamaged = errors.New("damaged")

// DamagedError says that bytes on disk are not what was written there.
type DamagedError struct {
	File   string
	Offset int64
	What   string // what does not hold: "crc of frame 7"
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s at byte %d: damaged: %s", e.File, e.Offset, e.What)
}

// Is makes every DamagedError an ErrDamaged.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }

// FieldError says which field of an input is wrong, and how.
type FieldError struct {
	Field  string // as the input names it
	Reason string // "is required", "longer than 120 bytes"
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Reason }

// HintError is an error that tells a person what is safe and what to do next.
type HintError struct {
	Err  error
	Hint string
	Exit int // the status to exit with; 0 means 1
}

// Hint adds to err what is safe and what to type next.
func Hint(err error, format string, args ...any) error {
	return &HintError{Err: err, Hint: fmt.Sprintf(format, args...)}
}

// Refuse is Hint for what a guard refuses: the program exits with 3.
func Refuse(err error, format string, args ...any) error {
	return &HintError{Err: err, Hint: fmt.Sprintf(format, args...), Exit: 3}
}

func (e *HintError) Error() string { return e.Err.Error() }

// Unwrap returns the error without its hint.
func (e *HintError) Unwrap() error { return e.Err }
