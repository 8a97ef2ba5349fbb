package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/earmarkhq/earmark/internal/fault"
)

var _ = fault.Register(fault.Messages{
	"catalog.newer": {
		ZH: "定义库 {path} 的格式是 {found}，本程序只认识到 {known}；请使用更新的程序",
		EN: "the catalog {path} has format {found}; this program knows up to {known}; use a newer one",
	},
	"catalog.not_a_catalog": {
		ZH: "文件 {path} 不是定义库",
		EN: "the file {path} is no catalog",
	},
	"catalog.open": {
		ZH: "无法打开定义库 {path}",
		EN: "the catalog {path} can not be opened",
	},
	"catalog.file_exists": {
		ZH: "文件 {path} 已存在，备份不会覆盖它",
		EN: "the file {path} exists; a backup does not replace it",
	},
	"catalog.backup": {
		ZH: "无法把定义库备份到 {path}",
		EN: "the catalog can not be backed up to {path}",
	},
	"catalog.unavailable": {
		ZH: "定义库暂时无法读写",
		EN: "the catalog can not be read or written now",
	},
	"catalog.failed": {
		ZH: "定义库出错",
		EN: "the catalog failed",
	},
})

// broken says what an error of the driver means to the caller. Faults and the end of the
// caller's context stay what they are.
func broken(ctx context.Context, query string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := fault.As(err); ok {
		return err
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("catalog: %w", cause)
	}
	err = fmt.Errorf("%s: %w", strings.Join(strings.Fields(query), " "), err)
	if transient(err) {
		return fault.Unavailable("catalog.unavailable").Wrap(err)
	}
	return fault.Internal("catalog.failed").Wrap(err)
}

// transient reports whether the fault is with disk, lock or a store that is closing, so that
// another attempt may do.
func transient(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		// database/sql has no exported error for a closed pool.
		return strings.Contains(err.Error(), "database is closed")
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN,
		lib.SQLITE_READONLY, lib.SQLITE_NOMEM, lib.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// notADatabase reports whether the file holds something else, or is damaged at its root.
func notADatabase(err error) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == lib.SQLITE_NOTADB || code == lib.SQLITE_CORRUPT
}
