package expr

// Canonical is the condition as one line of JSON in its one spelling (see Normalize): equal
// texts mean the same, and reading the text gives Normalize(n). Ends of `between` become
// instants, so the text means the same in every zone as far as they go.
func Canonical(n Node) string { return canonicalText(encodeNode(Normalize(n))) }

// CanonicalProp is Canonical for property conditions; "" for none.
func CanonicalProp(p Prop) string {
	if p == nil {
		return ""
	}
	return canonicalText(encodeProp(NormalizeProp(p)))
}

// CanonicalWindow is Canonical for windows.
func CanonicalWindow(w Window) string { return canonicalText(windowMap(NormalizeWindow(w))) }

// CanonicalSelector is Canonical for event selectors.
func CanonicalSelector(s Selector) string { return canonicalText(encodeSelector(s.reduce())) }

// CanonicalOps is Canonical for operators joined by AND.
func CanonicalOps(ops []Op) string { return canonicalText(encodeOps(normalOps(ops))) }

// CanonicalNum is Canonical for metric expressions.
func CanonicalNum(n Num) string { return canonicalText(encodeNum(NormalizeNum(n))) }

// CanonicalEach is Canonical for the elements of a list; "" for none.
func CanonicalEach(e *Each) string {
	if e == nil {
		return ""
	}
	m := object()
	putEach(m, normalEach(e))
	return canonicalText(m)
}

// CanonicalPath is Canonical for property paths.
func CanonicalPath(path []string) string { return canonicalText(encodePath(path)) }

// Canonical is the duration in its one spelling; "" for nil.
func (d *Duration) Canonical() string {
	if d == nil {
		return ""
	}
	return d.canonical()
}
