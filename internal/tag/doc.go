// Package tag owns Tag, Group and their life; a tag is inside exactly one group and is
// either derived (kept by exactly one rule) or stated (kept by statements).
package tag
