package config

import (
	"cmp"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
)

// setting is one row of the table.
type setting struct {
	key   string // in the file; a dot is a level
	def   string
	about string // for the example file
	set   func(c *Config, text string) *fault.Error
	check func(c Config) *fault.Error // bounds; nil where there are none
}

// env is the name of the setting's environment variable: EARMARK_LOG_LEVEL for log.level.
func (s setting) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

const envPrefix = "EARMARK_"

const (
	kb = 1 << 10
	mb = 1 << 20
	gb = 1 << 30
)

// settings is every setting, in the order of the example file.
var settings = []setting{
	text("data_dir", "./data", "Folder of the store. One process at a time holds it.",
		func(c *Config) *string { return &c.DataDir }),
	text("listen", "127.0.0.1:7070", "Address of the API and of the tracking endpoints; port 0 takes any free one.\nAn address beyond loopback is refused unless allow_remote is true.",
		func(c *Config) *string { return &c.Listen }),
	flag("allow_remote", "false", "Let other machines connect. Put a proxy with TLS before it: keys travel in requests.",
		func(c *Config) *bool { return &c.AllowRemote }),
	text("zone", "Asia/Shanghai", "Time zone of calendar words (today, this month) and of times without an offset.\nFixed once a store exists.",
		func(c *Config) *string { return &c.Zone }),
	choice("lang", "zh", "Language of messages where a caller does not ask for one: zh or en.",
		map[string]fault.Lang{"zh": fault.ZH, "en": fault.EN}, func(c *Config) *fault.Lang { return &c.Lang }),

	size("cache_bytes", "512MB", "Memory for the states of customers; the least recently used are written out beyond it.", 16*mb, 1<<20*mb,
		func(c *Config) *int64 { return &c.CacheBytes }),
	count("shards", "0", "Goroutines that evaluate, each for its share of the customers; 0 is one per processor.", 0, 64,
		func(c *Config) *int { return &c.Shards }),

	size("limits.event_bytes", "32KB", "One tracking event.", kb, mb, func(c *Config) *int64 { return &c.Limits.EventBytes }),
	size("limits.batch_bytes", "500KB", "One tracking request, after decompression.", kb, 64*mb, func(c *Config) *int64 { return &c.Limits.BatchBytes }),
	size("limits.request_bytes", "2MB", "One request to /api/v1.", kb, 64*mb, func(c *Config) *int64 { return &c.Limits.RequestBytes }),

	duration("http.read_timeout", "30s", "A whole request, from its first byte.", time.Second, time.Hour,
		func(c *Config) *time.Duration { return &c.HTTP.ReadTimeout }),
	duration("http.write_timeout", "60s", "A whole answer.", time.Second, time.Hour,
		func(c *Config) *time.Duration { return &c.HTTP.WriteTimeout }),
	duration("http.idle_timeout", "120s", "A connection between two requests.", time.Second, time.Hour,
		func(c *Config) *time.Duration { return &c.HTTP.IdleTimeout }),
	duration("http.drain_timeout", "15s", "Requests under way when the process is told to stop.", 0, time.Hour,
		func(c *Config) *time.Duration { return &c.HTTP.DrainTimeout }),

	choice("log.level", "info", "debug, info, warn or error. One line per request is written at info.",
		map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError},
		func(c *Config) *slog.Level { return &c.Log.Level }),
	choice("log.format", "text", "text or json.", map[string]string{"text": "text", "json": "json"}, func(c *Config) *string { return &c.Log.Format }),
	flag("pprof", "false", "Serve Go's profiles at /debug/pprof, behind an API key with the role admin.",
		func(c *Config) *bool { return &c.Pprof }),
}

func text(key, def, about string, field func(*Config) *string) setting {
	return setting{key: key, def: def, about: about, set: func(c *Config, s string) *fault.Error {
		*field(c) = s
		return nil
	}}
}

func flag(key, def, about string, field func(*Config) *bool) setting {
	return choice(key, def, about, map[string]bool{"true": true, "false": false}, field)
}

func choice[T any](key, def, about string, of map[string]T, field func(*Config) *T) setting {
	return setting{key: key, def: def, about: about, set: func(c *Config, s string) *fault.Error {
		v, ok := of[s]
		if !ok {
			names := sortedKeys(of)
			return fault.Invalid("config.choice", "value", s, "choices", strings.Join(names, ", ")).WithSuggestion(fault.Nearest(s, names))
		}
		*field(c) = v
		return nil
	}}
}

func sortedKeys[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func count(key, def, about string, low, high int, field func(*Config) *int) setting {
	return setting{
		key: key, def: def, about: about,
		set: func(c *Config, s string) *fault.Error {
			n, err := strconv.Atoi(s)
			if err != nil {
				return fault.Invalid("config.number", "value", s)
			}
			*field(c) = n
			return nil
		},
		check: func(c Config) *fault.Error {
			return between(*field(&c), low, high, strconv.Itoa)
		},
	}
}

func duration(key, def, about string, low, high time.Duration, field func(*Config) *time.Duration) setting {
	return setting{
		key: key, def: def, about: about,
		set: func(c *Config, s string) *fault.Error {
			d, err := time.ParseDuration(s)
			if err != nil {
				return fault.Invalid("config.duration", "value", s)
			}
			*field(c) = d
			return nil
		},
		check: func(c Config) *fault.Error {
			return between(*field(&c), low, high, time.Duration.String)
		},
	}
}

func size(key, def, about string, low, high int64, field func(*Config) *int64) setting {
	return setting{
		key: key, def: def, about: about,
		set: func(c *Config, s string) *fault.Error {
			n, ok := parseBytes(s)
			if !ok {
				return fault.Invalid("config.bytes", "value", s)
			}
			*field(c) = n
			return nil
		},
		check: func(c Config) *fault.Error {
			return between(*field(&c), low, high, formatBytes)
		},
	}
}

func between[T cmp.Ordered](v, low, high T, show func(T) string) *fault.Error {
	if v >= low && v <= high {
		return nil
	}
	return fault.Invalid("config.out_of_range", "value", show(v), "low", show(low), "high", show(high))
}

var units = []struct {
	suffix string
	size   int64
}{{"KB", kb}, {"MB", mb}, {"GB", gb}, {"B", 1}}

// parseBytes reads "512MB", "32KB", "4GB", "100B" and "1048576"; units are powers of 1,024.
func parseBytes(s string) (int64, bool) {
	unit := int64(1)
	for _, u := range units {
		if digits, ok := strings.CutSuffix(s, u.suffix); ok {
			s, unit = strings.TrimSpace(digits), u.size
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > (1<<63-1)/unit {
		return 0, false
	}
	return n * unit, true
}

func formatBytes(n int64) string {
	for _, u := range []int{2, 1, 0} {
		if n >= units[u].size && n%units[u].size == 0 {
			return strconv.FormatInt(n/units[u].size, 10) + units[u].suffix
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// osLang is the language of the environment's locale, by the variables' usual precedence.
func osLang(get func(string) string) (fault.Lang, bool) {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := get(name); v != "" {
			return fault.ParseLang(v)
		}
	}
	return fault.ZH, false
}

// TerminalLang is the language for a person at a terminal: what the flag says, else
// EARMARK_LANG, else the locale, else Chinese.
func TerminalLang(flag string) fault.Lang {
	for _, s := range []string{flag, os.Getenv(envPrefix + "LANG")} {
		if lang, ok := fault.ParseLang(s); ok {
			return lang
		}
	}
	lang, _ := osLang(os.Getenv)
	return lang
}

var _ = fault.Register(fault.Messages{
	"config.choice":       {ZH: "“{value}”不在可选值之中：{choices}", EN: "\"{value}\" is none of: {choices}"},
	"config.number":       {ZH: "“{value}”不是整数", EN: "\"{value}\" is no whole number"},
	"config.duration":     {ZH: "“{value}”不是时长，例如 5ms、30s、2m", EN: "\"{value}\" is no duration; write 5ms, 30s, 2m"},
	"config.bytes":        {ZH: "“{value}”不是大小，例如 32KB、512MB、4GB", EN: "\"{value}\" is no size; write 32KB, 512MB, 4GB"},
	"config.out_of_range": {ZH: "{value} 超出范围：{low} 到 {high}", EN: "{value} is out of range: {low} to {high}"},
})
