// Sends with apns2, and prints how it went as JSON.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"
	"golang.org/x/net/http2"
)

type job struct {
	Key, KeyID, TeamID, Topic, Payload, CA      string
	Port, Pushes, WarmUp, Dead, AtOnce, Connections int64
}

// The push token with this number, as the benchmark makes them; so many in a hundred are dead.
func (j *job) token(n int64) string {
	if n*37%100 < j.Dead {
		return fmt.Sprintf("dead%060x", n)
	}
	return fmt.Sprintf("%064x", n)
}

func (j *job) client() (*apns2.Client, error) {
	key, err := token.AuthKeyFromBytes([]byte(j.Key))
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(j.CA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := apns2.NewTokenClient(&token.Token{AuthKey: key, KeyID: j.KeyID, TeamID: j.TeamID})
	client.Host = fmt.Sprintf("https://localhost:%d", j.Port)
	client.HTTPClient.Transport.(*http2.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	return client, nil
}

type tally struct {
	sync.Mutex
	refused, lost int
	why           string
	waits         []float64
}

func (j *job) lanes(clients []*apns2.Client, next *int64, end int64) *tally {
	var all tally
	var lanes sync.WaitGroup
	for lane := int64(0); lane < j.AtOnce; lane++ {
		client := clients[lane%int64(len(clients))]
		lanes.Add(1)
		go func() {
			defer lanes.Done()
			var waits []float64
			for {
				n := atomic.AddInt64(next, 1) - 1
				if n >= end {
					break
				}
				sent := time.Now()
				answer, err := client.Push(&apns2.Notification{
					DeviceToken: j.token(n), Topic: j.Topic, Payload: []byte(j.Payload), PushType: apns2.PushTypeAlert,
					Priority: apns2.PriorityHigh, Expiration: time.Unix(1900000000, 0),
				})
				waits = append(waits, float64(time.Since(sent).Microseconds())/1e3)
				if err == nil && answer.Sent() {
					continue
				}
				all.Lock()
				if err == nil && answer.Reason == apns2.ReasonUnregistered {
					all.refused++
				} else {
					all.lost++
					if all.why == "" {
						all.why = fmt.Sprint(answer, err)
					}
				}
				all.Unlock()
			}
			all.Lock()
			all.waits = append(all.waits, waits...)
			all.Unlock()
		}()
	}
	lanes.Wait()
	return &all
}

func main() {
	var j job
	if err := json.Unmarshal([]byte(os.Args[1]), &j); err != nil {
		log.Fatal(err)
	}
	var clients []*apns2.Client
	for len(clients) < int(j.Connections) {
		client, err := j.client()
		if err != nil {
			log.Fatal(err)
		}
		clients = append(clients, client)
	}
	var next int64
	j.lanes(clients, &next, j.WarmUp)
	next = j.WarmUp
	started := time.Now()
	all := j.lanes(clients, &next, j.WarmUp+j.Pushes)
	ms := float64(time.Since(started).Microseconds()) / 1e3
	sort.Float64s(all.waits)
	report := map[string]any{
		"ms": ms, "refused": all.refused, "lost": all.lost, "why": all.why,
		"p50": all.waits[len(all.waits)/2], "p99": all.waits[len(all.waits)*99/100],
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		log.Fatal(err)
	}
}
