module github.com/earmarkhq/earmark

go 1.26
