package expr

type (
	memo          struct{}
	scratch       struct{}
	compilerState struct{}
	streamState   struct{}
)
