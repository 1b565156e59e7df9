// Owns the one script of our pages: passkeys, showing a password, copying codes. All else works without it.
import { createHash } from 'node:crypto'

// Options and texts come in attributes of the page, and the answer leaves in a form: nothing is fetched. A password
// that is shown is hidden again before it is sent, lest the browser remember it as text; and whoever comes back to
// the page does not send the answer a second time.
const script = `
const all = (query, root = document) => [...root.querySelectorAll(query)]
const one = (query, root) => all(query, root)[0]
const show = (part) => { part.hidden = false }
const { credentials, clipboard } = navigator
const PKC = globalThis.PublicKeyCredential
let waiting
const ask = async (form, mediation) => {
  waiting?.abort()
  waiting = new AbortController()
  const { signal } = waiting
  const { passkey, options, conditional } = form.dataset
  try {
    const json = JSON.parse(options)
    const answer = passkey === 'create'
      ? await credentials.create({ publicKey: PKC.parseCreationOptionsFromJSON(json), signal })
      : await credentials.get({ publicKey: PKC.parseRequestOptionsFromJSON(json), signal, mediation })
    one('[name=passkey]', form).value = JSON.stringify(answer)
    HTMLFormElement.prototype.submit.call(form)
  } catch ({ name }) {
    if (mediation || signal.aborted) return
    const place = one('[data-passkey-message]', form)
    const { cancelled, known, failed } = place.dataset
    place.textContent = /^(NotAllowed|Abort)/.test(name) ? cancelled : name === 'InvalidStateError' ? known : failed
    show(place)
    if (conditional === '') ask(form, 'conditional')
  }
}
const passkeys = async () => {
  all('[data-passkey-only]').map(show)
  for (const part of all('[data-no-passkey]')) part.hidden = true
  for (const form of all('form[data-passkey]')) {
    const start = one('[data-passkey-start]', form)
    start.onclick = () => ask(form)
    show(start)
    if (form.dataset.conditional === '' && await PKC.isConditionalMediationAvailable?.() && !waiting)
      ask(form, 'conditional')
    const capable = one('[name=passkey_capable]', form)
    if (capable && (await PKC.isUserVerifyingPlatformAuthenticatorAvailable() ||
      (await PKC.getClientCapabilities?.())?.conditionalCreate)) capable.value = 1
  }
}
for (const button of all('[data-show-password]')) {
  const input = one('#' + button.getAttribute('aria-controls'))
  const turn = (shown) => {
    input.type = shown ? 'text' : 'password'
    button.setAttribute('aria-pressed', shown)
  }
  button.onclick = () => turn(input.type === 'password')
  input.form.addEventListener('submit', () => turn(false))
  show(button)
}
for (const button of clipboard ? all('[data-copy]') : []) {
  button.onclick = async () => {
    const text = all('li', one(button.dataset.copy)).map((li) => li.textContent).join('\\n')
    try {
      await clipboard.writeText(text)
      button.textContent = button.dataset.copied
    } catch {}
  }
  show(button)
}
addEventListener('pageshow', () => { for (const input of all('[name=passkey]')) input.value = '' })
if (PKC?.parseCreationOptionsFromJSON) passkeys().catch(() => {})
`
  .trim()
  .replace(/\n */g, '\n')

/** `path` follows the issuer's path; the hash in it lets the body be cached for ever. */
export const passkeyScript = {
  path: `/assets/passkey.${createHash('sha256').update(script).digest('hex').slice(0, 12)}.js`,
  body: script,
}
