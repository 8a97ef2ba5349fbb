package config_test

import (
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files")

func TestDefaultIsValid(t *testing.T) {
	if err := config.Default().Validate(); err != nil {
		t.Fatal(err)
	}
}

// Every file called *.bad.yaml is refused with the faults of the file beside it, each with its place.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := config.Load(config.Sources{File: file})
			if err == nil {
				t.Fatal("was taken")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func TestGoodFiles(t *testing.T) {
	full, err := config.Load(config.Sources{File: "testdata/full.good.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if full.DataDir != "/srv/earmark" || full.Listen != "[::1]:7171" || full.Lang != fault.EN || full.CacheBytes != 1<<30 ||
		full.Shards != 3 || full.Limits.EventBytes != 64<<10 ||
		full.Log.Level != slog.LevelDebug || full.Log.Format != "json" || !full.Pprof || full.Location().String() != "Europe/Berlin" {
		t.Errorf("read as %+v", full)
	}
	if full.HTTP != config.Default().HTTP {
		t.Errorf("an empty section changed its settings: %+v", full.HTTP)
	}
	for _, name := range []string{"remote", "comments"} {
		if _, err := config.Load(config.Sources{File: "testdata/" + name + ".good.yaml"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSourcesInOrderOfPrecedence(t *testing.T) {
	c, err := config.Load(config.Sources{
		File:    "testdata/full.good.yaml",
		Environ: []string{"EARMARK_DATA_DIR=/from/env", "EARMARK_LOG_LEVEL=warn", "EARMARK_LISTEN=127.0.0.1:1", "EARMARK_ZONE=", "PATH=/bin"},
		Flags:   map[string]string{"listen": "127.0.0.1:2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Listen, c.DataDir, c.Log.Level.String(), c.Zone}
	want := []string{"127.0.0.1:2", "/from/env", "WARN", "Europe/Berlin"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("setting %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestFaultsOfAllSourcesTogether(t *testing.T) {
	_, err := config.Load(config.Sources{
		File:    "testdata/nowhere.yaml",
		Environ: []string{"EARMARK_LISTN=x", "EARMARK_PPROF=yes", "EARMARK_SERVICE_HOST=10.0.0.1", "EARMARK_PORT_7070_TCP=x"},
		Flags:   map[string]string{"data_dir": ""},
	})
	got := map[string]bool{}
	for _, e := range fault.All(err) {
		got[e.Code+" "+e.Path] = true
	}
	for _, want := range []string{
		"config.no_file ", "config.unknown_env EARMARK_LISTN", "config.choice EARMARK_PPROF", "config.empty --data",
	} {
		if !got[want] {
			t.Errorf("%q is missing in %v", want, got)
		}
	}
	if len(got) != 4 {
		t.Errorf("faults = %v", got)
	}
}

func TestListenBeyondLoopbackHasToBeAskedFor(t *testing.T) {
	cases := map[string]string{ // listen → code
		"127.0.0.1:7070": "", "[::1]:0": "", "localhost:7070": "", "127.9.9.9:1": "",
		"0.0.0.0:7070": "config.remote", ":7070": "config.remote", "[::]:7070": "config.remote",
		"10.0.0.5:7070": "config.remote", "earmark.example:7070": "config.remote",
		"7070": "config.address", "127.0.0.1": "config.address", "127.0.0.1:http": "config.address", "127.0.0.1:70000": "config.address",
	}
	for listen, code := range cases {
		c := config.Default()
		c.Listen = listen
		err := c.Validate()
		if (code == "") != (err == nil) || code != "" && !fault.Is(err, code) {
			t.Errorf("%q: %v, want %q", listen, err, code)
		}
		c.AllowRemote = true
		if err := c.Validate(); (err == nil) != (code != "config.address") {
			t.Errorf("%q with allow_remote: %v", listen, err)
		}
	}
}

// The documented example is what the table of settings says, and a valid file that sets nothing.
func TestExample(t *testing.T) {
	golden(t, "../../docs/earmark.example.yaml", config.Example())
	c, err := config.Load(config.Sources{File: "../../docs/earmark.example.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	def := config.Default()
	if c.Limits != def.Limits || c.HTTP != def.HTTP || c.Log != def.Log || c.Listen != def.Listen || c.CacheBytes != def.CacheBytes {
		t.Errorf("the example is not the default: %+v", c)
	}
}

func TestTerminalLang(t *testing.T) {
	cases := []struct {
		name, flag, env, lcAll, lang string
		want                         fault.Lang
	}{
		{"nothing said", "", "", "", "", fault.ZH},
		{"the locale", "", "", "", "en_US.UTF-8", fault.EN},
		{"LC_ALL before LANG", "", "", "zh_CN.UTF-8", "en_US.UTF-8", fault.ZH},
		{"a locale of another language", "", "", "", "C.UTF-8", fault.ZH},
		{"the setting before the locale", "", "en", "", "zh_CN", fault.EN},
		{"the flag before all", "zh", "en", "", "en_US", fault.ZH},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("EARMARK_LANG", c.env)
			t.Setenv("LC_ALL", c.lcAll)
			t.Setenv("LC_MESSAGES", "")
			t.Setenv("LANG", c.lang)
			if got := config.TerminalLang(c.flag); got != c.want {
				t.Errorf("TerminalLang = %s, want %s", got, c.want)
			}
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs (-update writes it); got:\n%s", file, got)
	}
}
