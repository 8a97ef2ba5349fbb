package config

import "strings"

// Example is the documented file with every setting at its default:
// docs/earmark.example.yaml, which a test holds to this text.
func Example() string {
	var b strings.Builder
	b.WriteString(`# Every setting of Earmark at its default. Leave out what you do not change.
# Each may also be given in the environment (the name beside it), which goes before this file;
# earmark serve --config FILE reads it. Sizes: B, KB, MB, GB (powers of 1,024). Durations: ms, s, m, h.
`)
	section := ""
	for _, s := range settings {
		key, indent := s.key, ""
		if head, rest, ok := strings.Cut(s.key, "."); ok {
			if head != section {
				b.WriteString("\n" + head + ":\n")
			}
			section, key, indent = head, rest, "  "
		} else {
			section = ""
			b.WriteString("\n")
		}
		for _, line := range strings.Split(s.about, "\n") {
			b.WriteString(indent + "# " + line + "\n")
		}
		b.WriteString(indent + key + ": " + s.def + " # " + s.env() + "\n")
	}
	return b.String()
}
