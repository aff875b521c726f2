package webtest

import (
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// SecurityKey plugs a security key into the tab that answers by itself.
func (p *Page) SecurityKey() {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, webauthn.Enable, webauthn.EnableParams{})
	p.check(err, "enable keys")
	_, err = chromedp.Call(p.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportUsb,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	p.check(err, "plug a key in")
}

// NextPage waits until the page has another path than this one.
func (p *Page) NextPage(from string) {
	p.t.Helper()
	p.wait("another page than "+from, "document.readyState === 'complete' && location.pathname !== '"+from+"'")
}
