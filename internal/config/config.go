package config

import (
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/earmarkhq/earmark/internal/fault"
)

// Config is the settings of one process. Take it from [Load] or [Default]; both have passed
// [Config.Validate].
type Config struct {
	DataDir     string
	Listen      string // host:port, port 0 for any free one
	AllowRemote bool   // Listen may be reachable from other machines
	Zone        string // the tenant's time zone, a name of the IANA database
	Lang        fault.Lang

	CacheBytes int64 // states of customers kept in memory
	Shards     int   // goroutines that evaluate; 0: one per processor

	Limits Limits
	HTTP   HTTP
	Log    Log
	Pprof  bool // serve /debug/pprof

	places map[string]place // where each key was set
}

// Limits bound what one request may carry. Bytes are counted after decompression.
type Limits struct {
	EventBytes   int64 // one event of a tracking call
	BatchBytes   int64 // one tracking request
	RequestBytes int64 // one request to /api/v1
}

// HTTP are the time limits of connections.
type HTTP struct {
	ReadTimeout  time.Duration // a whole request, from its first byte
	WriteTimeout time.Duration // a whole answer, from the end of the request's header
	IdleTimeout  time.Duration // between requests of one connection
	DrainTimeout time.Duration // requests under way at shutdown
}

// Log is what is written to stderr.
type Log struct {
	Level  slog.Level
	Format string // text or json
}

// Given reports whether a setting was given at all, by its key in the file.
func (c Config) Given(key string) bool {
	_, ok := c.places[key]
	return ok
}

// Location is Zone, loaded. It must be a valid zone, as it is after Load.
func (c Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		panic("config: zone " + c.Zone + " was not validated: " + err.Error())
	}
	return loc
}

// Default is the configuration of a process that is told nothing.
func Default() Config {
	c := Config{places: map[string]place{}}
	for _, s := range settings {
		if err := s.set(&c, s.def); err != nil {
			panic("config: default of " + s.key + ": " + err.Error())
		}
	}
	return c
}

// Validate reports every fault of the settings taken together as a fault.List, each at the place
// where the setting was given.
func (c Config) Validate() error {
	var faults fault.List
	at := func(key string, e *fault.Error) {
		p, ok := c.places[key]
		if !ok {
			p.path = key
		}
		faults.Add(e.At(p.path, p.line, p.col))
	}
	if c.DataDir == "" {
		at("data_dir", fault.Invalid("config.empty"))
	}
	if e := c.checkListen(); e != nil {
		at("listen", e)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "" || c.Zone == "Local" {
		at("zone", fault.Invalid("config.zone", "zone", c.Zone))
	}
	for _, s := range settings {
		if s.check == nil {
			continue
		}
		if e := s.check(c); e != nil {
			at(s.key, e)
		}
	}
	if c.Limits.EventBytes > c.Limits.BatchBytes {
		at("limits.event_bytes", fault.Invalid("config.event_over_batch"))
	}
	return faults.Err()
}

// checkListen refuses an address that other machines can reach, unless that was asked for: keys
// travel in the clear on it.
func (c Config) checkListen() *fault.Error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fault.Invalid("config.address", "value", c.Listen)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fault.Invalid("config.address", "value", c.Listen)
	}
	if c.AllowRemote || host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return fault.Invalid("config.remote", "value", c.Listen)
}

var _ = fault.Register(fault.Messages{
	"config.empty":   {ZH: "不能为空", EN: "must not be empty"},
	"config.address": {ZH: "{value} 不是监听地址，应写成 主机:端口，例如 127.0.0.1:7070", EN: "{value} is no address to listen on; write host:port, such as 127.0.0.1:7070"},
	"config.remote": {
		ZH: "{value} 可以从其他机器访问，而接口密钥在上面是明文传输的。若前面有带 TLS 的代理，请写 allow_remote: true；否则请监听 127.0.0.1",
		EN: "{value} can be reached from other machines, and API keys travel on it in the clear. Where a proxy with TLS stands before it, set allow_remote: true; else listen on 127.0.0.1",
	},
	"config.zone":             {ZH: "不认识的时区“{zone}”，应写 IANA 名称，例如 Asia/Shanghai", EN: "unknown time zone \"{zone}\"; write an IANA name, such as Asia/Shanghai"},
	"config.event_over_batch": {ZH: "单个事件的上限不能大于一次请求的上限 limits.batch_bytes", EN: "the limit of one event must not exceed limits.batch_bytes"},
})
