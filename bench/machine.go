package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func processors() int { return runtime.NumCPU() }

// machine says what this was measured on.
func machine(dir string) string {
	model := field("/proc/cpuinfo", "model name")
	kib, _ := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	var u unix.Utsname
	unix.Uname(&u)
	kernel := string(bytes.TrimRight(u.Release[:], "\x00"))
	text := fmt.Sprintf("%d × %s, %d GiB of memory, Linux %s, %s", runtime.NumCPU(), model, (kib+1<<19)>>20, kernel, fileSystem(dir))
	if took, err := syncTime(dir); err == nil {
		text += fmt.Sprintf(" whose `fdatasync` of 4 KiB takes %s (median)", took.Round(time.Microsecond))
	}
	return text
}

// programs says which versions were measured.
func programs(s *settings) string {
	text := "Holdfast"
	if out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		text += " at " + strings.TrimSpace(string(out))
	}
	text += " with " + runtime.Version()
	var duckdb, clickhouse table
	if readJSON(filepath.Join(s.dir, "duckdb.json"), &duckdb) == nil {
		text += ", DuckDB " + duckdb.Version
	}
	if s.clickhouse && readJSON(filepath.Join(s.dir, "clickhouse.json"), &clickhouse) == nil {
		text += ", ClickHouse " + clickhouse.Version + " (chdb " + chdbVersion + ")"
	}
	return text
}

// field returns what a file of lines "name: value" says first of a name.
func field(file, name string) string {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "?"
}

func fileSystem(dir string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return "a disk"
	}
	names := map[int64]string{unix.EXT4_SUPER_MAGIC: "ext4", unix.XFS_SUPER_MAGIC: "xfs", unix.BTRFS_SUPER_MAGIC: "btrfs",
		unix.TMPFS_MAGIC: "tmpfs", unix.OVERLAYFS_SUPER_MAGIC: "overlayfs"}
	if name := names[int64(st.Type)]; name != "" {
		return name
	}
	return fmt.Sprintf("a file system of type %#x", st.Type)
}

// syncTime is how long the disk takes to make 4 KiB durable.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "sync-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	const times = 200
	page := make([]byte, 4096)
	if _, err := f.Write(make([]byte, times*len(page))); err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	took := make([]time.Duration, times)
	for i := range took {
		page[0] = byte(i)
		began := time.Now()
		if _, err := f.WriteAt(page, int64(i*len(page))); err != nil {
			return 0, err
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[times/2], nil
}

// dropCache makes the system forget what it has read of the files in a folder.
func dropCache(dir string) error {
	return eachFile(dir, func(name string, _ int64) error {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil
		} else if err != nil {
			return err
		}
		defer f.Close()
		if err := f.Sync(); err != nil { // only what is on disk can be forgotten
			return err
		}
		return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	})
}

// peakOf is the most memory that a process ever had, in bytes; memoryOf is
// what it has now.
func peakOf(pid int) int64   { return statusOf(pid, "VmHWM") }
func memoryOf(pid int) int64 { return statusOf(pid, "VmRSS") }

func statusOf(pid int, name string) int64 {
	kib, _ := strconv.ParseInt(strings.TrimSuffix(field(fmt.Sprintf("/proc/%d/status", pid), name), " kB"), 10, 64)
	return kib << 10
}
