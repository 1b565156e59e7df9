// Revocation: the Token Status List (draft-ietf-oauth-status-list-20).
package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"

	"gopkg.in/square/go-jose.v2/jwt"
)

const maxList = 1 << 20 // bytes: a list of eight million tokens

type statusClaim struct {
	StatusList *struct {
		Idx *uint64 `json:"idx"`
		URI string  `json:"uri"`
	} `json:"status_list"`
}

type statusList struct {
	bits     uint64 // per token
	statuses []byte
}

// readList fetches and verifies a list (8.3).
func readList(uri string) (edition[statusList], error) {
	var none edition[statusList]
	body, err := fetch(uri, "application/statuslist+jwt")
	if err != nil {
		return none, err
	}
	var standard jwt.Claims
	var own struct {
		TTL        float64 `json:"ttl"`
		StatusList struct {
			Bits uint64 `json:"bits"`
			Lst  string `json:"lst"`
		} `json:"status_list"`
	}
	if err := verify(string(body), "statuslist+jwt", &standard, &own); err != nil {
		return none, err
	}
	if err := current(standard, jwt.Expected{Subject: uri}); err != nil {
		return none, err
	}
	bits := own.StatusList.Bits
	if own.TTL <= 0 || bits != 1 && bits != 2 && bits != 4 && bits != 8 {
		return none, errors.New("the list has no sense")
	}
	packed, err := base64.RawURLEncoding.DecodeString(own.StatusList.Lst)
	if err != nil {
		return none, err
	}
	inflater, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return none, err
	}
	// A few kilobytes can unpack to gigabytes: never more than asked for.
	statuses, err := readAll(inflater, maxList)
	due := time.Now().Add(time.Duration(own.TTL * float64(time.Second)))
	return edition[statusList]{statusList{bits, statuses}, due, standard.Expiry.Time()}, err
}

// lists are by uri, as the issuer's own tokens name them.
var lists = struct {
	sync.Mutex
	kept map[string]*kept[statusList]
}{kept: map[string]*kept[statusList]{}}

func listAt(uri string) *kept[statusList] {
	lists.Lock()
	defer lists.Unlock()
	if list, known := lists.kept[uri]; known {
		return list
	}
	for other, list := range lists.kept {
		if time.Now().After(list.held.Load().end) {
			delete(lists.kept, other)
		}
	}
	list := keep("statuses "+uri, func() (edition[statusList], error) { return readList(uri) })
	lists.kept[uri] = list
	return list
}

// mustBeValid refuses what the issuer has revoked; `status` is the claim of the token (6.2).
func mustBeValid(status statusClaim) error {
	if status.StatusList == nil || status.StatusList.Idx == nil ||
		!strings.HasPrefix(status.StatusList.URI, base+"/") {
		return errors.New("its status cannot be checked")
	}
	uri, index := status.StatusList.URI, *status.StatusList.Idx
	list, err := listAt(uri).get(false)
	if err != nil {
		return err
	}
	perByte := 8 / list.bits
	if index/perByte >= uint64(len(list.statuses)) {
		return errors.New("its status is not in the list")
	}
	if list.statuses[index/perByte]>>(index%perByte*list.bits)&(1<<list.bits-1) != 0 {
		return errors.New("it was revoked")
	}
	return nil
}
