// Revocation: the Token Status List (draft-ietf-oauth-status-list-20).
package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
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
	due, end time.Time // when to read it anew, when nothing may rely on it any more
	bits     uint64    // per token
	statuses []byte
}

// readList fetches and verifies a list (8.3).
func readList(uri string) (*statusList, error) {
	body, err := fetch(uri, "application/statuslist+jwt")
	if err != nil {
		return nil, err
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
		return nil, err
	}
	if err := current(standard, jwt.Expected{Subject: uri}); err != nil {
		return nil, err
	}
	bits := own.StatusList.Bits
	if own.TTL <= 0 || bits != 1 && bits != 2 && bits != 4 && bits != 8 {
		return nil, errors.New("the list has no sense")
	}
	packed, err := base64.RawURLEncoding.DecodeString(own.StatusList.Lst)
	if err != nil {
		return nil, err
	}
	inflater, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	// A few kilobytes can unpack to gigabytes: never more than asked for.
	statuses, err := readAll(inflater, maxList)
	due := time.Now().Add(time.Duration(own.TTL * float64(time.Second)))
	return &statusList{due, standard.Expiry.Time(), bits, statuses}, err
}

// lists are read one at a time. One that cannot be renewed is good until its own end, then nothing is.
var lists = struct {
	sync.Mutex
	held map[string]*statusList
}{held: map[string]*statusList{}}

// mustBeValid refuses what the issuer has revoked; `status` is the claim of the token (6.2).
func mustBeValid(status statusClaim) error {
	if status.StatusList == nil || status.StatusList.Idx == nil ||
		!strings.HasPrefix(status.StatusList.URI, issuer+"/") {
		return errors.New("its status cannot be checked")
	}
	uri, index := status.StatusList.URI, *status.StatusList.Idx
	lists.Lock()
	defer lists.Unlock()
	list := lists.held[uri]
	if list == nil || time.Now().After(list.due) {
		list = renewed(uri, list)
		lists.held[uri] = list
	}
	if time.Now().After(list.end) {
		return fmt.Errorf("%w: there is no valid status list %s", errUnavailable, uri)
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

func renewed(uri string, old *statusList) *statusList {
	fresh, err := readList(uri)
	if err != nil {
		log.Printf("the status list %s cannot be renewed: %v", uri, err)
		if old == nil {
			old = &statusList{bits: 1}
		}
		return &statusList{time.Now().Add(retry), old.end, old.bits, old.statuses}
	}
	for name, list := range lists.held {
		if time.Now().After(list.end) {
			delete(lists.held, name)
		}
	}
	return fresh
}
