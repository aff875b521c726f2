package server

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"xiaobao/internal/app"
	"xiaobao/internal/storage"
)

// outboxMeter measures what waits to leave the house, by way, when it is asked.
type outboxMeter struct{ a *app.App }

var (
	outboxLength  = prometheus.NewDesc("xiaobao_outbox_waiting", "Messages that wait to leave, by way.", []string{"way"}, nil)
	outboxAge     = prometheus.NewDesc("xiaobao_outbox_oldest_seconds", "Age of the oldest message that waits, by way; 0 when none does.", []string{"way"}, nil)
	inboxCount    = prometheus.NewDesc("xiaobao_inbox_messages", "Messages that came by mail, by state.", []string{"state"}, nil)
	outboxGivenUp = prometheus.NewDesc("xiaobao_outbox_given_up", "Messages in the log that were given up, by way.", []string{"way"}, nil)
)

// Describe implements prometheus.Collector.
func (outboxMeter) Describe(to chan<- *prometheus.Desc) {
	to <- outboxLength
	to <- outboxAge
	to <- outboxGivenUp
	to <- inboxCount
}

// Collect implements prometheus.Collector. A database that does not answer gives nothing.
func (m outboxMeter) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	states, err := m.a.PostStates(ctx)
	if err != nil {
		return
	}
	for way, s := range states {
		age := 0.0
		if !s.Oldest.IsZero() {
			age = m.a.Now().Sub(s.Oldest).Seconds()
		}
		to <- prometheus.MustNewConstMetric(outboxLength, prometheus.GaugeValue, float64(s.Waiting), way)
		to <- prometheus.MustNewConstMetric(outboxAge, prometheus.GaugeValue, age, way)
		to <- prometheus.MustNewConstMetric(outboxGivenUp, prometheus.GaugeValue, float64(s.GivenUp), way)
	}
	if !m.a.FetchesMail() {
		return
	}
	box, err := m.a.BoxState(ctx)
	if err != nil {
		return
	}
	for _, state := range storage.InboxStates {
		to <- prometheus.MustNewConstMetric(inboxCount, prometheus.GaugeValue, float64(box.Counts[state]), string(state))
	}
}
