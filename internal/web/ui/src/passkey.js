// Security keys (WebAuthn). A form marked data-passkey asks the server what to ask
// for, lets the browser ask the key, and is sent with the answer. Such forms are
// hidden until it is known that this browser can.
const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const opened = (list) => (list ?? []).map((k) => ({ ...k, id: bytes(k.id) }))

async function create({ publicKey: o }) {
  const made = await navigator.credentials.create({ publicKey: {
    ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: opened(o.excludeCredentials),
  } })
  const r = made.response
  return answer(made, { clientDataJSON: text(r.clientDataJSON), attestationObject: text(r.attestationObject), transports: r.getTransports?.() ?? [] })
}

async function get({ publicKey: o }) {
  const used = await navigator.credentials.get({ publicKey: { ...o, challenge: bytes(o.challenge), allowCredentials: opened(o.allowCredentials) } })
  const r = used.response
  return answer(used, { clientDataJSON: text(r.clientDataJSON), authenticatorData: text(r.authenticatorData), signature: text(r.signature), userHandle: r.userHandle ? text(r.userHandle) : undefined })
}

const answer = (c, response) => JSON.stringify({ id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(), response })

async function ask(form) {
  const failed = form.querySelector('[data-failed]')
  failed.hidden = true
  try {
    const r = await fetch(form.dataset.options, { method: 'POST', headers: { Accept: 'application/json' } })
    if (r.redirected) return location.assign(r.url) // a proof is asked first, or a new sign-in
    if (!r.ok) throw new Error(r.status)
    form.elements.answer.value = await (form.dataset.passkey === 'create' ? create : get)(await r.json())
    form.submit()
  } catch {
    failed.hidden = false
    failed.focus()
  }
}

export function passkeys() {
  if (!window.PublicKeyCredential || !navigator.credentials) return
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false
    form.addEventListener('submit', (e) => {
      e.preventDefault()
      ask(form)
    })
  }
  for (const none of document.querySelectorAll('[data-passkey-none]')) none.hidden = true
}
