package importer_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest/importer"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGoodMappings(t *testing.T) {
	files, err := filepath.Glob("testdata/*.good.*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := importer.ParseMapping(text, shanghai); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Each bad mapping stands beside the faults that it has, all of them, in both languages.
func TestBadMappings(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = importer.ParseMapping(text, shanghai)
			var got strings.Builder
			for _, e := range fault.All(err) {
				fmt.Fprintf(&got, "%s: %s\n%s: %s\n\n", e.Place(fault.EN), e.Text(fault.EN), e.Place(fault.ZH), e.Text(fault.ZH))
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("faults\n%s\nwant\n%s", &got, want)
			}
		})
	}
}

func TestHashIsThatOfTheText(t *testing.T) {
	a, b := mapping(t, orders), mapping(t, orders+"# a comment\n")
	if a.Hash == b.Hash || a.Hash != mapping(t, orders).Hash || len(a.Hash) != 32 {
		t.Errorf("hashes %s and %s", a.Hash, b.Hash)
	}
}

func FuzzMapping(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := importer.ParseMapping(text, shanghai)
		if (m == nil) == (err == nil) {
			t.Fatalf("mapping %v with error %v", m, err)
		}
		if err != nil {
			if len(fault.All(err)) == 0 {
				t.Fatal("an error without faults")
			}
			return
		}
		if m.Source == "" || len(m.Identities) == 0 || m.Event == nil && m.Attributes == nil {
			t.Fatalf("taken without what it needs: %s", text)
		}
	})
}
