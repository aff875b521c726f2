package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	modernc "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"xiaobao/internal/fault"
)

// trouble sorts driver errors by what the store does about them.
type trouble uint8

const (
	other    trouble = iota
	conflict         // somebody else wrote that row or key first
	busy             // the engine asks to try the transaction again
	gone             // the connection broke
	full             // no room, or the disk does not take it
	unsure           // the disk took it and did not confirm: after a crash it may be there
	damaged          // the disk does not give back what is there, or the file is damaged
	rekeyed          // the master key was replaced (the only reference between tables)
)

// Conflict reports whether err says that a row with that key is there already.
// This file is the only place that knows the drivers' errors.
func Conflict(err error) bool { return classify(err) == conflict }

func classify(err error) trouble {
	if err == nil {
		return other
	}
	if errors.Is(err, errYielded) {
		return gone // the transaction is, and its connection is given up with it
	}
	if e, ok := errors.AsType[*modernc.Error](err); ok {
		return classifySQLite(e.Code())
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return classifyPostgres(e.Code)
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err) {
		return gone
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return gone
	}
	return other
}

func classifySQLite(code int) trouble {
	switch code {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return conflict
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return rekeyed
	}
	if code == lib.SQLITE_IOERR_FSYNC {
		return unsure
	}
	switch code & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return busy
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN:
		return full
	case lib.SQLITE_CORRUPT: // a failing read is this one too
		return damaged
	}
	return other
}

func classifyPostgres(code string) trouble {
	switch code {
	case "23505": // unique_violation
		return conflict
	case "23503": // foreign_key_violation
		return rekeyed
	case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
		return busy
	case "53100", "53200", "53300": // disk_full, out_of_memory, too_many_connections
		return full
	case "57P01", "57P02", "57P03", "25006": // server shut down or starting; a standby that cannot write
		return gone
	}
	if len(code) == 5 && code[:2] == "08" {
		return gone
	}
	return other
}

// explain turns a driver error into one with a sentence where a person can do
// something; errors that already carry one, and our own bugs, pass unchanged.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	switch classify(err) {
	case conflict:
		return fault.Wrap(fault.Stale, err, "刚才有人先改动了这条记录，您的改动没有保存。请刷新后看过最新内容再提交。")
	case busy:
		return fault.Wrap(fault.Unavailable, err, "数据库正忙，您的改动没有保存。请稍后再试。")
	case gone:
		return fault.Wrap(fault.Unavailable, err, "与数据库的连接断了，您的改动没有保存。请稍后再试。")
	case rekeyed:
		return fault.Wrap(fault.Unavailable, err, "主密钥已经更换，本程序还拿着旧的一把，您的改动没有保存。请管理员放好新的主密钥文件，重新启动程序。")
	case full:
		return fault.Wrap(fault.Unavailable, err, "数据写不进磁盘，您的改动没有保存。请通知管理员检查磁盘空间和权限。")
	case unsure:
		return fault.Wrap(fault.Unavailable, err, "磁盘没有确认写入，无法确认是否已保存。请通知管理员检查磁盘；恢复后先刷新查看，确认没有保存再提交。")
	case damaged:
		return fault.Wrap(fault.Unavailable, err, "数据从磁盘上读不出来，操作没有完成。请通知管理员检查磁盘，并运行 xiaobao doctor 核对数据。")
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Unavailable, err, "操作被取消或超时，没有保存。请再试一次。")
	}
	return err
}
