package main

import (
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"time"
)

const retry = 5 * time.Second // until the issuer is asked again after it has failed

// kept is what the issuer publishes: read anew by one request when it is due, while the others go on with it. What
// cannot be renewed is good until its end, and then nothing is.
type kept[T any] struct {
	name     string
	read     func() (edition[T], error)
	held     atomic.Pointer[edition[T]]
	renewing sync.Mutex
}

type edition[T any] struct {
	value    T
	due, end time.Time // when to look again, and when it ends
}

func keep[T any](name string, read func() (edition[T], error)) *kept[T] {
	k := &kept[T]{name: name, read: read}
	k.held.Store(&edition[T]{})
	return k
}

func (k *kept[T]) get(atOnce bool) (T, error) {
	old := k.held.Load()
	mustWait := atOnce || time.Now().After(old.end)
	if (atOnce || time.Now().After(old.due)) && k.begin(mustWait) {
		if k.held.Load() == old { // Nobody else has renewed it while this one waited.
			k.renew()
		}
		k.renewing.Unlock()
	}
	held := k.held.Load()
	if time.Now().After(held.end) {
		return held.value, fmt.Errorf("%w: there are no valid %s", errUnavailable, k.name)
	}
	return held.value, nil
}

func (k *kept[T]) begin(mustWait bool) bool {
	if !mustWait {
		return k.renewing.TryLock()
	}
	k.renewing.Lock()
	return true
}

func (k *kept[T]) renew() {
	fresh, err := k.read()
	if err != nil {
		log.Printf("%s cannot be read: %v", k.name, err)
		fresh = *k.held.Load()
		fresh.due = time.Now().Add(retry)
	}
	k.held.Store(&fresh)
}
