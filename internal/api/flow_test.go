package api_test

import "testing"

func TestRegisterAndRead(t *testing.T) {
	w := newWorld(t)
	a := w.must("bj", "POST", "/complaints", plainComplaint)
	t.Log(a.body)
	path := w.registered("bj", plainComplaint)
	b := w.must("bj", "GET", path+"?trace=true", "")
	t.Log(b.body)
	t.Log(w.must("bj", "GET", "/complaints", "").body)
	t.Log(w.must("bj", "GET", path+"/history", "").body)
	t.Log(w.must("bj", "POST", path+"/accept", "").body)
	t.Log(w.must("bj", "GET", "/deadlines?regime=nfra&stage=simple&received=2026-04-16", "").body)
	t.Log(w.must("bj", "GET", "/openapi.json", "").body[:3000])
}
