package config

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
)

// Sources are what a configuration is read from.
type Sources struct {
	// File is the path of the YAML file; "" for none.
	File string
	// Environ are "NAME=value" pairs as os.Environ gives them.
	Environ []string
	// Flags are settings by key, given on the command line.
	Flags map[string]string
}

// place is where a setting was given, for faults.
type place struct {
	path      string
	line, col int
}

// Load reads and checks a configuration. The error is a fault.List of everything that is wrong in
// all sources together.
func Load(src Sources) (Config, error) {
	c := Default()
	var faults fault.List
	file, err := readFile(src.File)
	faults.Add(err)
	faults.Add(c.takeFile(file)...)
	faults.Add(c.takeEnv(src.Environ)...)
	faults.Add(c.takeFlags(src.Flags)...)
	faults.Add(c.Validate())
	return c, faults.Err()
}

func readFile(path string) (*markup.Node, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.NotFound("config.no_file", "file", path)
	case err != nil:
		return nil, fault.Unavailable("config.unreadable", "file", path).Wrap(err)
	}
	root, err := markup.Read(data, markup.YAML)
	if fault.Is(err, "markup.empty") {
		return nil, nil // a file with every line commented out is a usual one
	}
	return root, err
}

func (c *Config) apply(s setting, text string, p place) *fault.Error {
	c.places[s.key] = p
	if e := s.set(c, text); e != nil {
		return e.At(p.path, p.line, p.col)
	}
	return nil
}

func (c *Config) takeFile(root *markup.Node) []error {
	if root == nil || root.Kind == markup.Null {
		return nil
	}
	if root.Kind != markup.Map {
		return []error{fault.Invalid("config.not_a_map").At("", root.Line, root.Col)}
	}
	return c.takeMap(root, "")
}

// takeMap reads the keys of one level; prefix is "" or ends with a dot.
func (c *Config) takeMap(m *markup.Node, prefix string) []error {
	var errs []error
	for _, p := range m.Pairs {
		key := prefix + p.Key
		if s, ok := find(key); ok {
			switch {
			case p.Value.Kind == markup.Null: // "key:" with nothing behind it keeps the default
			case !p.Value.Scalar():
				errs = append(errs, fault.Invalid("config.not_a_scalar").At(key, p.Value.Line, p.Value.Col))
			default:
				if e := c.apply(s, p.Value.Text, place{key, p.Value.Line, p.Value.Col}); e != nil {
					errs = append(errs, e)
				}
			}
			continue
		}
		if isSection(key) {
			if p.Value.Kind != markup.Map && p.Value.Kind != markup.Null {
				errs = append(errs, fault.Invalid("config.not_a_section", "keys", strings.Join(keysUnder(key+"."), ", ")).
					At(key, p.Value.Line, p.Value.Col))
			}
			errs = append(errs, c.takeMap(p.Value, key+".")...)
			continue
		}
		errs = append(errs, fault.Invalid("config.unknown_key", "key", key).
			At(key, p.Line, p.Col).WithSuggestion(fault.Nearest(p.Key, keysUnder(prefix))))
	}
	return errs
}

// takeEnv reads EARMARK_ variables. A name that is no setting is refused only when it looks like a
// slip for one: container platforms set names of their own after a service that is called earmark
// (EARMARK_SERVICE_HOST, EARMARK_PORT_7070_TCP).
func (c *Config) takeEnv(environ []string) []error {
	var errs []error
	var names []string
	for _, s := range settings {
		names = append(names, s.env())
	}
	for _, pair := range environ {
		name, val, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, envPrefix) || val == "" { // set to nothing is not set
			continue
		}
		i := slices.Index(names, name)
		if i < 0 {
			if near := fault.Nearest(strings.TrimPrefix(name, envPrefix), trimPrefix(names)); near != "" {
				errs = append(errs, fault.Invalid("config.unknown_env", "name", name).At(name, 0, 0).WithSuggestion(envPrefix+near))
			}
			continue
		}
		if e := c.apply(settings[i], val, place{path: name}); e != nil {
			errs = append(errs, e)
		}
	}
	return errs
}

func trimPrefix(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.TrimPrefix(n, envPrefix)
	}
	return out
}

func (c *Config) takeFlags(flags map[string]string) []error {
	var errs []error
	for _, key := range sortedKeys(flags) {
		s, ok := find(key)
		if !ok {
			panic("config: the command line sets " + key + ", which is no setting")
		}
		if e := c.apply(s, flags[key], place{path: "--" + flagName(key)}); e != nil {
			errs = append(errs, e)
		}
	}
	return errs
}

// flagName is the flag of a key as the command line spells it.
func flagName(key string) string {
	if key == "data_dir" {
		return "data"
	}
	return strings.ReplaceAll(key, "_", "-")
}

func find(key string) (setting, bool) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.key == key })
	if i < 0 {
		return setting{}, false
	}
	return settings[i], true
}

func isSection(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}

// keysUnder are the names that may stand at one level of the file.
func keysUnder(prefix string) []string {
	var names []string
	for _, s := range settings {
		rest, ok := strings.CutPrefix(s.key, prefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ".")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

var _ = fault.Register(fault.Messages{
	"config.no_file":       {ZH: "找不到配置文件 {file}", EN: "there is no configuration file {file}"},
	"config.unreadable":    {ZH: "读不了配置文件 {file}", EN: "the configuration file {file} can not be read"},
	"config.not_a_map":     {ZH: "配置文件应是“键: 值”的形式", EN: "the configuration file should be a map of keys to values"},
	"config.not_a_scalar":  {ZH: "这里应是一个值，不是列表或映射", EN: "a single value was expected, no list and no map"},
	"config.not_a_section": {ZH: "这里应是一组设置：{keys}", EN: "a group of settings was expected: {keys}"},
	"config.unknown_key":   {ZH: "没有名为 {key} 的设置", EN: "there is no setting {key}"},
	"config.unknown_env":   {ZH: "环境变量 {name} 不对应任何设置", EN: "the environment variable {name} is no setting"},
})
