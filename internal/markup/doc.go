// Package markup reads the YAML and JSON documents that people and programs hand in, as trees
// in which every value knows its line and column.
//
//	root, err := markup.Read(data, markup.Auto) // err is a fault.List
//
// What it promises:
//   - Numbers stay the text that was written; nothing passes through float64.
//   - A scalar means the same in both formats: a plain scalar that is a JSON number is a number,
//     true and false are booleans, null and ~ are null, everything else is text. So 010, 1e999999,
//     0x1F, yes, 12:30 and 2024-01-01 are text in YAML, and a phone number keeps its zeros.
//   - Aliases are replaced by what they stand for, within a bound on the size of the whole tree.
//   - A repeated key, a key that is no scalar, a tag outside the core schema, a merge key and a
//     second document are faults; all faults of one reading come together.
//   - The size of the text, the depth and the number of values are bounded, see the constants.
//
// Imports: fault, value.
package markup
