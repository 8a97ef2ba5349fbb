package value

import "sync"

// Dict numbers the few names that repeat in every event: keys, event types, sources. Codes are
// for ever: what was written with a code is read with it after every restart. Implementations
// are safe for concurrent use.
type Dict interface {
	// Code returns the number of a name, which it gives on first use; 0 where the dictionary
	// takes no more names (the name is then written out). Codes begin at 1 and are dense, so
	// that the earliest names have the shortest ones.
	Code(name string) uint32
	// Name returns the name of a code, "" for a code that was never given.
	Name(code uint32) string
}

// MemDict is a Dict that lasts as long as its process: for tests and for what is not kept. The
// zero MemDict is empty and ready.
type MemDict struct {
	mu    sync.RWMutex
	codes map[string]uint32
	names []string
	// Max is the number of names it takes, 0 for 65,535.
	Max int
}

// Code implements Dict.
func (d *MemDict) Code(name string) uint32 {
	d.mu.RLock()
	code, ok := d.codes[name]
	d.mu.RUnlock()
	if ok {
		return code
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if code, ok = d.codes[name]; ok {
		return code
	}
	most := d.Max
	if most == 0 {
		most = 65535
	}
	if name == "" || len(d.names) >= most {
		return 0
	}
	if d.codes == nil {
		d.codes = make(map[string]uint32)
	}
	name = cloneString(name)
	d.names = append(d.names, name)
	d.codes[name] = uint32(len(d.names))
	return uint32(len(d.names))
}

// Name implements Dict.
func (d *MemDict) Name(code uint32) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if code == 0 || int(code) > len(d.names) {
		return ""
	}
	return d.names[code-1]
}
