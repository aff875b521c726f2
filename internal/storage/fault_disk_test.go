//go:build linux

package storage_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// diskFaults are what the kernel answers from some moment on, by name: system
// calls that fail, and with what.
var diskFaults = map[string]struct {
	calls []uint32
	with  syscall.Errno
}{
	"fsync fails":            {[]uint32{syscall.SYS_FSYNC, syscall.SYS_FDATASYNC}, syscall.EIO},
	"writing fails":          {[]uint32{syscall.SYS_PWRITE64}, syscall.EIO},
	"no space is left":       {[]uint32{syscall.SYS_PWRITE64}, syscall.ENOSPC},
	"it is read-only":        {[]uint32{syscall.SYS_PWRITE64, syscall.SYS_FTRUNCATE, syscall.SYS_FALLOCATE}, syscall.EROFS},
	"reading fails":          {[]uint32{syscall.SYS_PREAD64}, syscall.EIO},
	"nothing works any more": {[]uint32{syscall.SYS_FSYNC, syscall.SYS_FDATASYNC, syscall.SYS_PWRITE64, syscall.SYS_PREAD64}, syscall.EIO},
}

// seccompCall is the number of the system call seccomp, which package syscall lacks.
var seccompCall = map[string]uintptr{"amd64": 317, "arm64": 277, "loong64": 277}

// breakDisk lets the kernel refuse system calls to this process, for good.
func breakDisk(calls []uint32, with syscall.Errno) error {
	const (
		load, equal, ret      = 0x20, 0x15, 0x06 // BPF: a word of the call, jump if equal, answer
		refuse, allow         = 0x00050000, 0x7fff0000
		noNewPrivs, setFilter = 38, 1
		everyThread           = 1
	)
	program := []syscall.SockFilter{{Code: load}} // the number of the call
	for _, c := range calls {
		program = append(program, syscall.SockFilter{Code: equal, Jf: 1, K: c}, syscall.SockFilter{Code: ret, K: refuse | uint32(with)})
	}
	program = append(program, syscall.SockFilter{Code: ret, K: allow})
	p := syscall.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, noNewPrivs, 1, 0, 0, 0, 0); e != 0 {
		return e
	}
	if _, _, e := syscall.RawSyscall(seccompCall[runtime.GOARCH], setFilter, everyThread, uintptr(unsafe.Pointer(&p))); e != 0 {
		return e
	}
	return nil
}

// writeOnBrokenDisk is the process of TestDiskFails: it writes, breaks its disk,
// writes on, and ends without an orderly stop. It says how each write ended.
func writeOnBrokenDisk(dir, name string) {
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: storagetest.Master})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	say := func(times int) {
		stored, refused := keepWriting(s, "case/1", times)
		fmt.Println("stored", stored)
		for _, err := range refused {
			fmt.Println("refused", fault.KindOf(err), fault.Message(err), err)
		}
	}
	say(20)
	f := diskFaults[name]
	if err := breakDisk(f.calls, f.with); err != nil {
		fmt.Println("skip", err)
		return
	}
	fmt.Println("broken")
	say(6)
	fmt.Println("end")
	os.Exit(0)
}

// TestDiskFails breaks the disk of a writing process in the kernel, with each of
// the errors a disk has, lets it die, and opens the data on a sound disk: what was
// acknowledged is there once, what was refused is not, and all is whole. A write
// that the disk took and did not confirm may be there after a crash; only then does
// the sentence leave it open.
func TestDiskFails(t *testing.T) {
	for name := range diskFaults {
		t.Run(name, func(t *testing.T) {
			o := storagetest.SQLite(t)
			b := onBrokenDisk(t, o.Dir, name)
			if b.stored < 20 || b.refused == 0 || (b.unsure > 0) != (name == "fsync fails") {
				t.Errorf("%+v: not the fault that was prepared", b)
			}
			s := storagetest.Open(t, o)
			there := int64(len(loadTexts(t, s, "case/1")))
			if there < b.stored || there > b.stored+min(b.unsure, 1) { // each write took the place of the one before
				t.Errorf("%d events, %+v", there, b)
			}
			if more, refused := keepWriting(s, "case/1", 5); more != 5 {
				t.Errorf("on the sound disk: %v", refused)
			}
			conserved(t, s, "case/1", there+5)
		})
	}
}

// broken is how the writes of a process ended: acknowledged, refused, and of the
// refused those of which it is not known.
type broken struct{ stored, refused, unsure int64 }

// onBrokenDisk runs the process and reads what it says.
func onBrokenDisk(t *testing.T, dir, name string) (b broken) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+dir, "XIAOBAO_CRASH_WORK=disk/"+name)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	ended := false
	for in := bufio.NewScanner(out); in.Scan(); {
		word, rest, _ := strings.Cut(in.Text(), " ")
		switch word {
		case "stored":
			var n int64
			_, err := fmt.Sscan(rest, &n)
			must(t, err)
			b.stored += n
		case "refused":
			b.refused++
			if !strings.HasPrefix(rest, fault.Unavailable.String()) || !strings.Contains(rest, "磁盘") {
				t.Errorf("refused with %s", rest)
			}
			if strings.Contains(rest, "无法确认是否已保存") {
				b.unsure++
			}
		case "skip":
			_ = cmd.Wait()
			t.Skip("the kernel lets no process refuse its own calls: " + rest)
		case "end":
			ended = true
		case "error":
			t.Fatal(rest)
		}
	}
	if err := cmd.Wait(); err != nil || !ended {
		t.Fatalf("the process did not come to its end: %v", err)
	}
	return b
}
