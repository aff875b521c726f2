package party

import (
	_ "embed"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed data/channels.toml
var channelsTOML string

// ChannelID names an intake channel.
type ChannelID string

// Channel is a way on which a complaint reaches the institution (投诉渠道).
type Channel struct {
	ID        ChannelID `toml:"id"`
	Name      string    `toml:"name"`
	Regime    string    `toml:"regime"`    // ladder of limits: "nfra" or "pbc"
	Sender    bool      `toml:"sender"`    // an organisation sent it and must be answered too
	Regulator bool      `toml:"regulator"` // the sender is a financial regulator
	Contact   bool      `toml:"contact"`   // receiving it this way is a contact with the consumer
	Mark      string    `toml:"mark"`      // one character for lists
}

var channels = sync.OnceValue(func() []Channel {
	var file struct {
		Channel []Channel `toml:"channel"`
	}
	if _, err := toml.Decode(channelsTOML, &file); err != nil {
		panic("channels.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return file.Channel
})

// Channels returns all channels in the order forms offer them.
func Channels() []Channel { return channels() }

// ChannelOf returns a channel by id.
func ChannelOf(id ChannelID) (Channel, bool) {
	for _, c := range channels() {
		if c.ID == id {
			return c, true
		}
	}
	return Channel{}, false
}
