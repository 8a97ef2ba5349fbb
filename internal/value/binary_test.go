package value_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/value"
)

func TestBinaryIsLossless(t *testing.T) {
	t.Parallel()
	dict := &value.MemDict{Max: 40}
	rapid.Check(t, func(t *rapid.T) {
		v := anyValue().Draw(t, "value")
		encoder := value.Encoder{Dict: dict, Repeats: func(parent, key string) bool { return len(parent) == 0 || len(key) == 3 }}
		for _, b := range [][]byte{value.AppendBinary(nil, v, nil), value.AppendBinary(nil, v, dict), encoder.Append(nil, v)} {
			b = append(b, 0xAB)
			got, rest, err := value.DecodeBinary(b, dict)
			if err != nil || len(rest) != 1 || rest[0] != 0xAB {
				t.Fatalf("%v: rest %x, %v", v, rest, err)
			}
			if !value.Same(v, got) {
				t.Fatalf("wrote %v\nread  %v", v, got)
			}
		}
	})
}

func TestBinaryIsCompact(t *testing.T) {
	t.Parallel()
	dict := &value.MemDict{}
	for _, c := range []struct {
		json string
		most int
	}{
		{`null`, 2}, {`true`, 2}, {`127`, 2}, {`128`, 3}, {`-1`, 3}, {`65535`, 4}, {`128.50`, 5},
		{`1712345678901`, 8}, {`-9223372036854775808`, 10}, {`""`, 2}, {`"abc"`, 5},
		{`"9b2c1f1e-5d5a-4c39-8b3f-0d1d3f3c9f11"`, 18}, {`"9B2C1F1E-5D5A-4C39-8B3F-0D1D3F3C9F11"`, 18},
		{`"13800138000"`, 7}, {`"128.50"`, 6}, {`"2024-02-29"`, 5}, {`"2024-02-29T12:34:56.789Z"`, 8},
		{`"2024-02-29 12:34:56"`, 7}, {`"5f4dcc3b5aa765d61d8327deb882cf99"`, 19},
		{`{"a":1,"b":2}`, 6}, {`[1,2,3]`, 5},
	} {
		v, err := value.ParseJSON([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		if b := value.AppendBinary(nil, v, dict); len(b) > c.most {
			t.Errorf("%s takes %d bytes, want at most %d: %x", c.json, len(b), c.most, b)
		}
	}
}

func TestDecodeBinaryRefusesDamage(t *testing.T) {
	t.Parallel()
	dict := &value.MemDict{}
	v, err := value.ParseJSON([]byte(`{"a":[1,{"b":"9b2c1f1e-5d5a-4c39-8b3f-0d1d3f3c9f11","c":"2024-02-29"}],"d":12345678901234567890123}`))
	if err != nil {
		t.Fatal(err)
	}
	whole := value.AppendBinary(nil, v, dict)
	for n := range whole {
		if _, _, err := value.DecodeBinary(whole[:n], dict); !errors.Is(err, value.ErrCorrupt) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if _, _, err := value.DecodeBinary(whole, &value.MemDict{}); !errors.Is(err, value.ErrCorrupt) {
		t.Errorf("keys unknown to the dictionary: %v", err)
	}
	deep := []byte{200, 1}
	for range 200 {
		deep = append(deep, 0x41)
	}
	if _, _, err := value.DecodeBinary(append(deep, 0), nil); !errors.Is(err, value.ErrCorrupt) {
		t.Errorf("200 levels: %v", err)
	}
}

func FuzzDecodeBinary(f *testing.F) {
	dict := &value.MemDict{}
	for _, doc := range []string{`null`, `[1,-300,1.5,1e9,"x",true]`, `{"a":{"b":["2024-02-29","0.50","abcdef01"]}}`,
		`"9b2c1f1e-5d5a-4c39-8b3f-0d1d3f3c9f11"`, `123456789012345678901234567890`} {
		v, err := value.ParseJSON([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(value.AppendBinary(nil, v, dict))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := value.DecodeBinary(b, dict)
		if err != nil {
			return
		}
		if len(rest) > len(b) {
			t.Fatal("more left than given")
		}
		again, _, err := value.DecodeBinary(value.AppendBinary(nil, v, dict), dict)
		if err != nil || !value.Same(v, again) {
			t.Fatalf("%x: %v does not survive: %v, %v", b, v, again, err)
		}
	})
}
