// The issuer's keys, and JWTs that are signed with them.
//
// The RemoteKeySet of go-oidc would do, but asks again for every unknown kid: whoever sends rubbish would make
// this API flood the issuer. Its verifier is for ID tokens and looks at no typ.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"gopkg.in/square/go-jose.v2"
	"gopkg.in/square/go-jose.v2/jwt"
)

const (
	leeway  = 5 * time.Second // between two clocks; the library's own default is a minute
	maxBody = 1 << 20
)

var (
	// Never "none", never HS256 (RFC 8725 3.1).
	algorithms = map[string]bool{"ES256": true, "RS256": true, "PS256": true, "EdDSA": true}
	compact    = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+$`)
	client     = &http.Client{Timeout: 2 * time.Second}
)

type keysByKid = map[string]jose.JSONWebKey

// publishedKeys are those of the metadata (RFC 8414 3.3: it must be this issuer's).
func publishedKeys() (edition[keysByKid], error) {
	var none edition[keysByKid]
	var metadata struct {
		Issuer  string
		JwksURI string `json:"jwks_uri"`
	}
	// One by one: a key of an unknown kind would cost all others.
	var set struct{ Keys []json.RawMessage }
	if err := fetchJSON(base+"/.well-known/openid-configuration", &metadata); err != nil {
		return none, err
	}
	if metadata.Issuer != issuer {
		return none, fmt.Errorf("the metadata is of %s", metadata.Issuer)
	}
	if err := fetchJSON(metadata.JwksURI, &set); err != nil {
		return none, err
	}
	keys := keysByKid{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && algorithms[key.Algorithm] {
			keys[key.KeyID] = key
		}
	}
	now := time.Now()
	// Without the issuer they stay good.
	return edition[keysByKid]{keys, now.Add(5 * time.Minute), now.AddDate(100, 0, 0)}, nil
}

func fetchJSON(url string, into any) error {
	body, err := fetch(url, "application/json")
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

var (
	keys        = keep("keys of "+issuer, publishedKeys)
	unknownDue  time.Time
	unknownLock sync.Mutex
)

// keyOf reads the keys at once for an unknown kid, but every 30 s at most.
func keyOf(kid string) (jose.JSONWebKey, error) {
	byKid, err := keys.get(false)
	if _, known := byKid[kid]; err == nil && !known && unknownIsDue() {
		byKid, err = keys.get(true)
	}
	key, known := byKid[kid]
	if err == nil && !known {
		err = errors.New("its key is not the issuer's")
	}
	return key, err
}

func unknownIsDue() bool {
	unknownLock.Lock()
	defer unknownLock.Unlock()
	if time.Now().Before(unknownDue) {
		return false
	}
	unknownDue = time.Now().Add(30 * time.Second)
	return true
}

// verify fills claims from a JWT of this type, once its signature is the issuer's.
func verify(token, typ string, claims ...any) error {
	// The library takes JSON and white space too, so one token would have many spellings.
	if len(token) > maxBody || !compact.MatchString(token) {
		return errors.New("it is not a compact JWS")
	}
	parsed, err := jwt.ParseSigned(token)
	if err != nil {
		return err
	}
	header := parsed.Headers[0]
	// Without this an ID token is as good as an access token (RFC 8725 3.11).
	kind, _ := header.ExtraHeaders["typ"].(string)
	if strings.TrimPrefix(strings.ToLower(kind), "application/") != typ {
		return fmt.Errorf("its type is not %s", typ)
	}
	key, err := keyOf(header.KeyID)
	if err != nil {
		return err
	}
	// The published key names its one algorithm; the header of a token does not choose.
	if header.Algorithm != key.Algorithm {
		return errors.New("its algorithm is not that of its key")
	}
	return parsed.Claims(key.Key, claims...)
}

// current: the library takes a JWT without exp for one that never expires.
func current(claims jwt.Claims, expected jwt.Expected) error {
	if claims.Expiry == nil || claims.IssuedAt == nil {
		return errors.New("it lacks exp or iat")
	}
	return claims.ValidateWithLeeway(expected.WithTime(time.Now()), leeway)
}

func fetch(url, accept string) ([]byte, error) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	return readAll(response.Body, maxBody)
}

func readAll(from io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = errors.New("too long")
	}
	return body, err
}
