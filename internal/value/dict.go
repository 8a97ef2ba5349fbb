package value

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Dict numbers the few names that repeat in every event: keys, event types, sources. Codes are
// for ever: what was written with a code is read with it after every restart. Implementations
// are safe for concurrent use.
type Dict interface {
	// Code returns the number of a name, which it gives on first use; 0 for the empty name and
	// where the dictionary takes no more names (the name is then written out). Codes begin at 1
	// and are dense, so that the earliest names have the shortest ones.
	Code(name string) uint32
	// Name returns the name of a code, "" for a code that was never given.
	Name(code uint32) string
}

// Names is a table of names and their codes, dense from 1. Readers never wait; adding is
// serialised. The zero Names is empty and ready. It is the part that dictionaries share.
type Names struct {
	mu    sync.Mutex
	table atomic.Pointer[nameTable]
	list  atomic.Pointer[[]string]
}

// nameTable is a hash table with linear probing, at most half full. Entries are written once.
type nameTable struct {
	seed    maphash.Seed
	entries []atomic.Pointer[nameEntry]
}

type nameEntry struct {
	name string
	code uint32
}

// find returns the entry of a name, or nil and the place where it belongs.
func (t *nameTable) find(name string) (e *nameEntry, at int) {
	mask := len(t.entries) - 1
	at = int(maphash.String(t.seed, name)) & mask
	for {
		e = t.entries[at].Load()
		if e == nil || e.name == name {
			return e, at
		}
		at = (at + 1) & mask
	}
}

// Code returns the code of a name, 0 if it has none.
func (n *Names) Code(name string) uint32 {
	if t := n.table.Load(); t != nil {
		if e, _ := t.find(name); e != nil {
			return e.code
		}
	}
	return 0
}

// Name returns the name of a code, "" if it was not given.
func (n *Names) Name(code uint32) string {
	list := n.list.Load()
	if list == nil || code == 0 || int(code) > len(*list) {
		return ""
	}
	return (*list)[code-1]
}

// Len is the number of names, and the greatest code.
func (n *Names) Len() int {
	if list := n.list.Load(); list != nil {
		return len(*list)
	}
	return 0
}

// Add gives a name the next code, unless it has one already, and returns its code. It keeps a
// copy of the name.
func (n *Names) Add(name string) uint32 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if code := n.Code(name); code != 0 {
		return code
	}
	var list []string
	if old := n.list.Load(); old != nil {
		list = *old
	}
	name = cloneString(name)
	list = append(list, name) // readers of the old slice never look behind its length
	n.list.Store(&list)
	t := n.table.Load()
	if t == nil || 2*len(list) > len(t.entries) {
		t = n.grow(list[:len(list)-1])
	}
	_, at := t.find(name)
	t.entries[at].Store(&nameEntry{name: name, code: uint32(len(list))})
	return uint32(len(list))
}

// grow makes a table of four times as many places as names are in the list.
func (n *Names) grow(list []string) *nameTable {
	size := 64
	for size < 4*len(list) {
		size *= 2
	}
	t := &nameTable{seed: maphash.MakeSeed(), entries: make([]atomic.Pointer[nameEntry], size)}
	for i, name := range list {
		_, at := t.find(name)
		t.entries[at].Store(&nameEntry{name: name, code: uint32(i + 1)})
	}
	n.table.Store(t)
	return t
}

// MemDict is a Dict that lasts as long as its process: for tests and for what is not kept. The
// zero MemDict is empty and ready.
type MemDict struct {
	names Names
	// Max is the number of names it takes, 0 for 65,535.
	Max int
}

// Code implements Dict.
func (d *MemDict) Code(name string) uint32 {
	if code := d.names.Code(name); code != 0 || name == "" {
		return code
	}
	most := d.Max
	if most == 0 {
		most = 65535
	}
	if d.names.Len() >= most {
		return 0
	}
	return d.names.Add(name)
}

// Name implements Dict.
func (d *MemDict) Name(code uint32) string { return d.names.Name(code) }
