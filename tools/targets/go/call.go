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

func connect() *face.LivenessSessionOperationsAPIService {
	settings := face.NewConfiguration()
	settings.HTTPClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return face.NewAPIClient(settings).LivenessSessionOperationsAPI
}

func get(api *face.LivenessSessionOperationsAPIService, ctx context.Context, sessionImageID string) ([]byte, error) {
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

// Open enums have one field for the documented values and one for others.
func text[Enum ~string](known *Enum, other *string) string {
	if known != nil {
		return string(*known)
	}
	return *other
}

func must[T any](value T, _ *http.Response, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func playSession(api *face.LivenessSessionOperationsAPIService, ctx context.Context) {
	passive, model := face.PASSIVE, "2025-05-20"
	content := face.NewCreateLivenessSessionContent(face.CreateLivenessSessionContentLivenessOperationMode{LivenessOperationMode: &passive})
	content.SetEnableSessionImage(true)
	content.SetLivenessModelVersion(face.CreateLivenessSessionContentLivenessModelVersion{String: &model})
	content.SetDeviceCorrelationId("device")
	created := must(api.CreateLivenessSession(ctx).CreateLivenessSessionContent(*content).Execute())
	session := must(api.GetLivenessSessionResult(ctx, created.SessionId).Execute())
	latest := session.Results.Attempts[0]
	for _, attempt := range session.Results.Attempts {
		if attempt.AttemptId > latest.AttemptId {
			latest = attempt
		}
	}
	image, err := get(api, ctx, *latest.Result.SessionImageId)
	if err != nil {
		panic(err)
	}
	if _, err := api.DeleteLivenessSession(ctx, created.SessionId).Execute(); err != nil {
		panic(err)
	}
	fmt.Printf("status=%s\n", text(session.Status.OperationState, session.Status.String))
	fmt.Printf("model=%s\n", text(session.ModelVersion.LivenessModel, session.ModelVersion.String))
	fmt.Printf("decision=%s\n", text(latest.Result.LivenessDecision.LivenessDecision, latest.Result.LivenessDecision.String))
	fmt.Printf("image=%x\n", sha256.Sum256(image))
}

func playSessionWithVerify(api *face.LivenessSessionOperationsAPIService, ctx context.Context) {
	photo, err := os.Open(os.Getenv("FACE_REFERENCE"))
	if err != nil {
		panic(err)
	}
	form := api.CreateLivenessWithVerifySession(ctx).LivenessOperationMode("Passive").VerifyImage(photo)
	form = form.DeviceCorrelationIdSetInClient(true).EnableSessionImage(true).VerifyConfidenceThreshold(0.75)
	verified := must(form.Execute())
	if _, err := api.DeleteLivenessWithVerifySession(ctx, verified.SessionId).Execute(); err != nil {
		panic(err)
	}
	reference := verified.Results.VerifyReferences[0].ReferenceType
	fmt.Printf("reference=%s\n", text(reference.ImageType, reference.String))
}

func main() {
	server := map[string]string{"endpoint": os.Getenv("FACE_ENDPOINT")}
	ctx := context.WithValue(context.Background(), face.ContextServerVariables, server)
	api := connect()
	key := map[string]face.APIKey{"Ocp-Apim-Subscription-Key": {Key: os.Getenv("FACE_KEY")}}
	withKey := context.WithValue(ctx, face.ContextAPIKeys, key)
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: os.Getenv("FACE_TOKEN")})
	withToken := context.WithValue(ctx, face.ContextOAuth2, token)

	for _, each := range []struct {
		name   string
		signIn context.Context
	}{{"key", withKey}, {"bearer", withToken}} {
		image, err := get(api, each.signIn, os.Getenv("FACE_IMAGE_ID"))
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s=%x\n", each.name, sha256.Sum256(image))
	}
	_, err := get(api, withKey, os.Getenv("FACE_UNKNOWN_ID"))
	var unknown refusal
	if !errors.As(err, &unknown) {
		panic(err)
	}
	fmt.Printf("error=%s\nheader=%s\n", unknown.code, unknown.header)
	playSession(api, withKey)
	playSessionWithVerify(api, withKey)
}
