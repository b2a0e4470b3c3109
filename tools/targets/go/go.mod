module call

go 1.23

require (
	example.com/you/face v0.0.0
	golang.org/x/oauth2 v0.27.0
)

replace example.com/you/face => ./face
