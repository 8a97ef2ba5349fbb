package value_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/earmarkhq/earmark/internal/value"
)

func TestNamesAreDenseAndStayTheSame(t *testing.T) {
	t.Parallel()
	var names value.Names
	if names.Code("a") != 0 || names.Name(1) != "" || names.Len() != 0 {
		t.Error("the zero Names knows something")
	}
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 2000 {
				name := fmt.Sprint("name ", (i*7+worker*501)%2000)
				code := names.Add(name)
				if names.Name(code) != name || names.Code(name) != code {
					t.Errorf("%s: code %d is %q", name, code, names.Name(code))
					return
				}
			}
		})
	}
	wait.Wait()
	if names.Len() != 2000 {
		t.Fatalf("%d names", names.Len())
	}
	for code := uint32(1); code <= 2000; code++ {
		if names.Code(names.Name(code)) != code {
			t.Fatalf("code %d is %q", code, names.Name(code))
		}
	}
	if names.Name(0) != "" || names.Name(2001) != "" {
		t.Error("codes that were never given have names")
	}
}

func TestMemDictTakesSoManyNames(t *testing.T) {
	t.Parallel()
	d := value.MemDict{Max: 2}
	if a, b, c, again := d.Code("a"), d.Code("b"), d.Code("c"), d.Code("a"); a != 1 || b != 2 || c != 0 || again != 1 {
		t.Errorf("codes %d %d %d %d", a, b, c, again)
	}
	if d.Code("") != 0 {
		t.Error("the empty name has a code")
	}
}
