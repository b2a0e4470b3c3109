// Calls the service through the client that openapi-generator's go wrote; prints what came back.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"golang.org/x/oauth2"

	face "example.com/you/face"
)

// An answer that is no image.
type refusal struct {
	status       int
	code, header string
}

func (r refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.code) }

func get(signIn context.Context, sessionImageID string) ([]byte, error) {
	settings := face.NewConfiguration()
	settings.HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	server := map[string]string{"endpoint": os.Getenv("FACE_ENDPOINT")}
	ctx := context.WithValue(signIn, face.ContextServerVariables, server)
	api := face.NewAPIClient(settings).LivenessSessionOperationsAPI
	file, response, err := api.GetSessionImage(ctx, sessionImageID).Execute()
	var refused *face.GenericOpenAPIError
	if errors.As(err, &refused) && response != nil {
		code := "untyped"
		if answer, ok := refused.Model().(face.FaceErrorResponse); ok {
			code = answer.Error.Code
		}
		return nil, refusal{response.StatusCode, code, response.Header.Get("x-ms-error-code")}
	}
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name()) // else the picture stays in the folder for temporary files
	defer file.Close()
	return io.ReadAll(file)
}

func main() {
	key := map[string]face.APIKey{"Ocp-Apim-Subscription-Key": {Key: os.Getenv("FACE_KEY")}}
	withKey := context.WithValue(context.Background(), face.ContextAPIKeys, key)
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: os.Getenv("FACE_TOKEN")})
	withToken := context.WithValue(context.Background(), face.ContextOAuth2, token)

	for _, each := range []struct {
		name   string
		signIn context.Context
	}{{"key", withKey}, {"bearer", withToken}} {
		image, err := get(each.signIn, os.Getenv("FACE_IMAGE_ID"))
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s=%x\n", each.name, sha256.Sum256(image))
	}
	_, err := get(withKey, os.Getenv("FACE_UNKNOWN_ID"))
	var unknown refusal
	if !errors.As(err, &unknown) {
		panic(err)
	}
	fmt.Printf("error=%s\nheader=%s\n", unknown.code, unknown.header)
}
