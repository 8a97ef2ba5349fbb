package expr

import "github.com/earmarkhq/earmark/internal/value"

// propFn asks a condition of a subject at an instant; the result is as for opFn.
type propFn func(x subject, at int64) (bool, int64)

// getter reads the value a test is asked of.
type getter func(x subject) value.Value

// prop compiles a property condition; get says how the value at a path is read.
func (c *Compiler) prop(p Prop, get func(path []string) getter) propFn {
	switch p := p.(type) {
	case PropAll:
		return allProps(c.props(p.Kids, get))
	case PropAny:
		return anyProp(c.props(p.Kids, get))
	case PropNone:
		return notProp(anyProp(c.props(p.Kids, get)))
	case PropNot:
		return notProp(c.prop(p.Kid, get))
	case PropTest:
		read, test := get(p.Path), c.ops(p.Ops)
		return func(x subject, at int64) (bool, int64) { return test(read(x), at) }
	}
	return func(subject, int64) (bool, int64) { return true, Never }
}

func (c *Compiler) props(kids []Prop, get func([]string) getter) []propFn {
	fns := make([]propFn, len(kids))
	for i, k := range kids {
		fns[i] = c.prop(k, get)
	}
	return fns
}

func notProp(f propFn) propFn {
	return func(x subject, at int64) (bool, int64) {
		h, n := f(x, at)
		return !h, n
	}
}

func allProps(fns []propFn) propFn {
	return func(x subject, at int64) (bool, int64) {
		holds, soon, late := true, Never, int64(minInstant)
		for _, f := range fns {
			h, n := f(x, at)
			if h {
				soon = min(soon, n)
				continue
			}
			if n == Never {
				return false, Never
			}
			holds, late = false, max(late, n)
		}
		if holds {
			return true, soon
		}
		return false, late
	}
}

func anyProp(fns []propFn) propFn {
	return func(x subject, at int64) (bool, int64) {
		holds, soon, late := false, Never, int64(minInstant)
		for _, f := range fns {
			h, n := f(x, at)
			if !h {
				soon = min(soon, n)
				continue
			}
			if n == Never {
				return true, Never
			}
			holds, late = true, max(late, n)
		}
		if holds {
			return true, late
		}
		return false, soon
	}
}

// fromEvent and fromElement read a path of an event and of a list element.
func fromEvent(path []string) getter {
	return func(x subject) value.Value { return eventValue(x, path) }
}

func fromElement(path []string) getter {
	return func(x subject) value.Value { return x.root.At(path) }
}

// fromEntry reads a path of an entry: the stream projects it.
func fromEntry(s *Stream, elem bool) func([]string) getter {
	return func(path []string) getter {
		i := s.slot(path, elem)
		return func(x subject) value.Value { return x.vals[i] }
	}
}

// split takes from a condition the part that does not move with time, by which a stream
// selects, and leaves the part that is asked of its entries at each instant; either may be nil.
func split(p Prop) (still, moving Prop) {
	if p == nil || !moves(p) {
		return p, nil
	}
	all, ok := p.(PropAll)
	if !ok {
		return nil, p
	}
	var a, b []Prop
	for _, kid := range all.Kids {
		if moves(kid) {
			b = append(b, kid)
		} else {
			a = append(a, kid)
		}
	}
	if len(a) > 0 {
		still = PropAll{all.Pos, a}
	}
	return still, PropAll{all.Pos, b}
}
