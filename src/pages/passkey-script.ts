// Owns the one script of our pages: passkeys, showing a password, copying codes. All else works without it.
import { createHash } from 'node:crypto'

// Options and texts come in attributes of the page, and the answer leaves in a form: nothing is fetched.
const script = `
const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const one = (selector, root) => root.querySelector(selector)
const show = (element) => { if (element) element.hidden = false }
const PKC = globalThis.PublicKeyCredential
const works = Boolean(PKC?.parseRequestOptionsFromJSON && PKC.parseCreationOptionsFromJSON && navigator.credentials)
const say = (form, about) => {
  const place = one('[data-passkey-message]', form)
  if (!place) return
  place.textContent = place.dataset[about] ?? ''
  show(place)
}
let waiting
const ask = async (form, conditional) => {
  waiting?.abort()
  const mine = waiting = new AbortController()
  const options = JSON.parse(form.dataset.options)
  const { signal } = mine
  try {
    const credential = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey: PKC.parseCreationOptionsFromJSON(options), signal })
      : await navigator.credentials.get({
          publicKey: PKC.parseRequestOptionsFromJSON(options), signal,
          ...(conditional && { mediation: 'conditional' }),
        })
    if (!credential) return
    one('[name=passkey]', form).value = JSON.stringify(credential.toJSON())
    HTMLFormElement.prototype.submit.call(form)
  } catch (error) {
    if (conditional || signal.aborted) return
    say(form, { NotAllowedError: 'cancelled', InvalidStateError: 'known' }[error?.name] ?? 'failed')
  }
}
const passkeys = async () => {
  if (!works) return
  for (const element of all('[data-passkey-only]')) show(element)
  for (const element of all('[data-no-passkey]')) element.hidden = true
  for (const form of all('form[data-passkey]')) {
    const start = one('[data-passkey-start]', form)
    show(start)
    start?.addEventListener('click', () => ask(form, false))
    const capable = one('[name=passkey_capable]', form)
    if (capable && await PKC.isUserVerifyingPlatformAuthenticatorAvailable?.()) capable.value = '1'
    if ('conditional' in form.dataset && await PKC.isConditionalMediationAvailable?.()) ask(form, true)
  }
}
for (const button of all('[data-show-password]')) {
  const input = document.getElementById(button.getAttribute('aria-controls'))
  show(button)
  button.addEventListener('click', () => {
    const shown = input.type === 'password'
    input.type = shown ? 'text' : 'password'
    button.setAttribute('aria-pressed', String(shown))
  })
}
for (const button of all('[data-copy]')) {
  if (!navigator.clipboard) continue
  show(button)
  button.addEventListener('click', async () => {
    const text = all('li', one(button.dataset.copy, document)).map((line) => line.textContent).join('\\n')
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = button.dataset.copied
    } catch {}
  })
}
passkeys().catch(() => {})
`.trim()

/** `path` follows the issuer's path; the hash in it lets the body be cached for ever. */
export const passkeyScript = {
  path: `/assets/passkey.${createHash('sha256').update(script).digest('hex').slice(0, 12)}.js`,
  body: script,
}
