package expr_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/value"
)

// sameTree compares trees but for places and texts as written; nil and empty lists are equal.
func sameTree(a, b reflect.Value) bool {
	if a.IsValid() != b.IsValid() {
		return false
	}
	if !a.IsValid() {
		return true
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Type() {
	case reflect.TypeFor[expr.Pos]():
		return true
	case reflect.TypeFor[value.Value]():
		return value.Same(a.Interface().(value.Value), b.Interface().(value.Value))
	case reflect.TypeFor[expr.Duration]():
		x, y := a.Interface().(expr.Duration), b.Interface().(expr.Duration)
		return x.Ms == y.Ms && x.Months == y.Months
	}
	switch a.Kind() {
	case reflect.Interface, reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() && b.IsNil()
		}
		return sameTree(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !sameTree(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			switch a.Type().Field(i).Name {
			case "LoText", "HiText":
				continue
			}
			if !sameTree(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Interface() == b.Interface()
}

func equalTrees(a, b expr.Node) bool { return sameTree(reflect.ValueOf(a), reflect.ValueOf(b)) }

func TestCanonicalReadsBackAsTheNormalTree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := gen{rt}.node(3)
		text := expr.Canonical(n)
		back, err := expr.Parse([]byte(text), expr.ParseOptions{})
		if err != nil {
			rt.Fatalf("%s does not parse: %v", text, err)
		}
		if !equalTrees(back, expr.Normalize(n)) {
			rt.Fatalf("%s reads back as another tree:\n%#v\nwant\n%#v", text, back, expr.Normalize(n))
		}
		if again := expr.Canonical(back); again != text {
			rt.Fatalf("canonical of %s is %s", text, again)
		}
	})
}

func TestYAMLReadsBackAsTheSameTree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := gen{rt}.node(3)
		text, err := expr.ToYAML(n)
		if err != nil {
			rt.Fatal(err)
		}
		back, err := expr.Parse(text, expr.ParseOptions{})
		if err != nil {
			rt.Fatalf("%s\ndoes not parse: %v", text, err)
		}
		if !equalTrees(back, n) && expr.Canonical(back) != expr.Canonical(n) {
			rt.Fatalf("%s\nreads back as another tree:\n%#v\nwant\n%#v", text, back, n)
		}
	})
}

// The references noted while reading and those found in the tree are the same.
func TestRefsOfTheTreeAreThoseOfTheText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := gen{rt}.node(3)
		p, err := expr.ParseWithRefs(expr.ToMarkup(n), "", expr.ParseOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		count := func(refs []expr.Ref) map[string]int {
			m := map[string]int{}
			for _, r := range refs {
				m[string(r.Kind)+" "+r.Name]++
			}
			return m
		}
		if read, found := count(p.Refs), count(expr.Refs(n)); !reflect.DeepEqual(read, found) {
			rt.Fatalf("%s: read %v, found %v", expr.Canonical(n), read, found)
		}
	})
}
