package catalog

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Hash is the SHA-256 of a secret. Secrets have 256 random bits, so a plain hash can not be
// searched and needs neither salt nor stretching.
type Hash [sha256.Size]byte

// HashSecret is the hash under which a presented secret is looked up.
func HashSecret(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// Secret is what is kept of a key.
type Secret struct {
	Hash   Hash
	Prefix string
}

// prefixLen is how many characters of a secret are shown: the kind and 24 of its random bits.
const prefixLen = 4

// NewSecret makes a key to be shown once. kind stands before it, "ek" or "wk", so that a leaked
// one is recognised.
func NewSecret(kind string) (text string, s Secret) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	text = kind + "_" + base64.RawURLEncoding.EncodeToString(b[:])
	return text, SecretOf(text)
}

// SecretOf is what is kept of a key that somebody else chose, as in a configuration file.
func SecretOf(text string) Secret {
	shown := text[:min(len(text), prefixLen)]
	for i := range text {
		if text[i] == '_' && i <= 4 {
			shown = text[:min(len(text), i+1+prefixLen)]
			break
		}
	}
	return Secret{Hash: HashSecret(text), Prefix: shown}
}
