// An API that verifies Grantor's access tokens by itself, and knows of revocations by its status list.
//
//	apt-get install golang-go golang-gopkg-square-go-jose.v2-dev
//	export GOPATH=/usr/share/gocode GO111MODULE=off
//	ISSUER=http://localhost:9000 AUDIENCE=http://localhost:3001 PORT=3001 go run ./examples/go
//
// It asks the issuer for its metadata, its keys and its lists, now and then; never about one token.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"gopkg.in/square/go-jose.v2/jwt"
)

const (
	scope    = "api:read"
	maxToken = 16 << 10
)

var (
	issuer, audience = setting("ISSUER"), setting("AUDIENCE")
	// Addresses of the issuer begin with it; the issuer itself may end with a slash.
	base = strings.TrimSuffix(issuer, "/")

	printable = regexp.MustCompile(`^[!-~]{1,255}$`)
)

// errUnavailable: whether a token is good cannot be known: 503. Every other error refuses it: 401 (RFC 6750 3.1).
var errUnavailable = errors.New("unavailable")

// An empty value would be a check left out: the library skips what is expected to be empty.
func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("%s is not set", name)
	}
	return value
}

// accessToken is what RFC 9068 2.2 adds. The library's JSON, unlike Go's own, knows a member by its exact name only.
type accessToken struct {
	ClientID string          `json:"client_id"`
	Scope    string          `json:"scope"`
	Cnf      json.RawMessage `json:"cnf"`
	Status   *statusClaim    `json:"status"`
}

func verifyAccessToken(token string) (subject, scopes string, err error) {
	if len(token) > maxToken {
		return "", "", errors.New("it is too long")
	}
	var standard jwt.Claims
	var own accessToken
	if err := verify(token, "at+jwt", &standard, &own); err != nil {
		return "", "", err
	}
	expected := jwt.Expected{Issuer: issuer, Audience: jwt.Audience{audience}}
	if err := current(standard, expected); err != nil {
		return "", "", err
	}
	if own.ClientID == "" || standard.ID == "" || !printable.MatchString(standard.Subject) {
		return "", "", errors.New("it lacks a claim")
	}
	// Bound to a key that a bearer does not prove to have (RFC 9449 7.2, RFC 8705 3).
	if own.Cnf != nil {
		return "", "", errors.New("it is not a bearer token")
	}
	// Last, so that only the issuer's own tokens make this API look at a list (8.3). Whether a token has a status is
	// for the issuer to say; Grantor's have.
	if own.Status != nil {
		err = mustBeValid(*own.Status)
	}
	return standard.Subject, own.Scope, err
}

func api(w http.ResponseWriter, r *http.Request) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		answer(w, 401, map[string]string{"error": "no token"}, "WWW-Authenticate", "Bearer")
		return
	}
	subject, scopes, err := verifyAccessToken(strings.TrimSpace(token))
	switch {
	case errors.Is(err, errUnavailable):
		log.Print(err)
		problem := map[string]string{"error": "temporarily_unavailable"}
		answer(w, 503, problem, "Retry-After", strconv.Itoa(int(retry.Seconds())))
	case err != nil:
		log.Printf("refused: %q", err)
		problem := map[string]string{"error": "invalid_token"}
		answer(w, 401, problem, "WWW-Authenticate", `Bearer error="invalid_token"`)
	case !strings.Contains(" "+scopes+" ", " "+scope+" "):
		problem := map[string]string{"error": "insufficient_scope"}
		challenge := fmt.Sprintf(`Bearer error="insufficient_scope", scope="%s"`, scope)
		answer(w, 403, problem, "WWW-Authenticate", challenge)
	default:
		// The header is for a proxy in front of another API (../nginx); whoever calls this one reads the body.
		answer(w, 200, map[string]string{"sub": subject}, "X-Subject", subject)
	}
}

func answer(w http.ResponseWriter, status int, body any, name, value string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(name, value)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func main() {
	server := http.Server{
		Addr:        "127.0.0.1:" + setting("PORT"),
		Handler:     http.HandlerFunc(api),
		ReadTimeout: 10 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}
