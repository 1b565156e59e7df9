// The security catalogue, EN01, EN02 and EN04: what changes an account takes a confirmation, as strong as the account can give.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requiredAssurance } from '../../src/protocol/required-assurance.js'
import { createAuthenticator } from '../support/authenticator.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { addPasskey, codeAt, enrolApp, openConfirmed, optionsOn, secretOn } from '../support/factors.js'
import { authorizeUrl, claimsOf, redeem } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
let alice: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { skip_consent: true })
  alice = await server.addUser()
})
afterEach(() => server.close())

const secondFactorClaims = JSON.stringify({
  id_token: { acr: { essential: true, values: ['urn:grantor:acr:mfa'] } },
})

async function atAccount(who = alice): Promise<Browser> {
  const browser = createBrowser(server)
  await browser.open('/account')
  await browser.signIn(who)
  return browser
}

const require = (sub: string) => server.deps.store.users.setSecondFactorRequired(sub, true, server.clock.now)
const passkeys = () => server.deps.store.passkeys.listByUser(alice.user.sub)

/** Somebody who knows Alice's password alone, after it was right; the interaction goes on in this browser. */
async function withPasswordAlone(who: Registered = app): Promise<{ browser: Browser; id: string }> {
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, who, { prompt: 'login' }).url)
  const id = browser.view.url.pathname.split('/').at(-1) ?? ''
  await browser.submit({ username: alice.user.username, password: alice.password, passkey_capable: '1' })
  return { browser, id }
}

/** Opens the offer by its address and answers it, also where it is not shown. */
async function answerOffer(browser: Browser, id: string, options: string): Promise<void> {
  await browser.open(`/passkey-offer/${id}`)
  const shown = optionsOn(browser)
  const passkey = createAuthenticator(server.issuer).register(shown === '' ? options : shown)
  const [form] = browser.view.forms
  await browser.post(`/passkey-offer/${id}`, { csrf: form?.fields.csrf ?? '', passkey })
}

const bare = (path: string) => path.replace(/\{.*?\}+/g, '')
const filled = (path: string) => path.replace(/:\w+/g, 'aaaaaaaaaaaaaaaa')

const sensitive = Object.keys(requiredAssurance).filter((route) => {
  const { confirmedWithin, strong } = requiredAssurance[route] ?? {}
  return confirmedWithin !== undefined && strong && route.includes(' /account')
})

describe('EN01: the offer of a passkey', () => {
  const strict = () => server.addClient('web', { skip_consent: true, require_second_factor: true })

  it('EN01: is closed between the password and the second factor that an administrator requires', async () => {
    await addPasskey(server, await atAccount())
    await require(alice.user.sub)
    const { browser, id } = await withPasswordAlone()
    await browser.open(`/passkey-offer/${id}`)
    expect(browser.view.heading).not.toBe('Sign in faster next time')
    expect(optionsOn(browser)).not.toContain('"attestation"')
    expect(await passkeys()).toHaveLength(1)
  })

  it('EN01: is closed likewise where the app requires it, with a passkey there or none', async () => {
    const client = await strict()
    for (const count of [0, 1]) {
      if (count === 1) await addPasskey(server, await atAccount())
      const { browser, id } = await withPasswordAlone(client)
      await browser.open(`/passkey-offer/${id}`)
      expect(browser.view.url.pathname, `${count} passkeys`).toBe(`/second-factor/${id}`)
      expect(await passkeys()).toHaveLength(count)
    }
  })

  it('EN01: takes no passkey that was made on a page from before the factor was there', async () => {
    const { browser, id } = await withPasswordAlone()
    await browser.open(`/passkey-offer/${id}`)
    expect(browser.view.heading).toBe('Sign in faster next time')
    const thief = createAuthenticator(server.issuer).register(optionsOn(browser))
    const key = await addPasskey(server, await atAccount())
    await browser.submit({ passkey: thief })
    expect((await passkeys()).map((one) => one.id)).toEqual([key.id])
  })

  it('EN01: is still made to a user without a factor, of whom none is required', async () => {
    const { browser, id } = await withPasswordAlone()
    await answerOffer(browser, id, '')
    expect(await passkeys()).toHaveLength(1)
  })
})

describe('EN01: a second factor set up on the way in', () => {
  const claims = secondFactorClaims

  it('EN01: takes a confirmation of the last ten minutes, also when the form was shown before', async () => {
    const old = await atAccount()
    await openConfirmed(old, '/account/password')
    server.clock.advance(300)
    await old.open(authorizeUrl(server, app, { claims }).url)
    expect(old.view.heading).toBe('Set up two-step sign-in')
    server.clock.advance(300)
    await old.submit({ code: codeAt(secretOn(old), server.clock.now) })
    expect(await server.deps.store.totps.find(alice.user.sub)).toBeUndefined()
    expect(old.view.heading).toBe('Confirm that it is you')
    await old.submit({ password: alice.password })
    expect(old.view.heading).toBe('Set up two-step sign-in')
  })

  it('EN01: an old session of a user of whom one is required confirms the password first', async () => {
    const old = await atAccount()
    server.clock.advance(600)
    await require(alice.user.sub)
    await old.open('/account')
    expect(old.view.heading).toBe('Confirm that it is you')
    await old.submit({ password: alice.password })
    expect(old.view.heading).toBe('Set up two-step sign-in')
  })

  it('EN01: is not offered in the place of a factor that is there', async () => {
    await addPasskey(server, await atAccount())
    const { browser } = await withPasswordAlone(
      await server.addClient('web', { skip_consent: true, require_second_factor: true }),
    )
    expect(browser.view.heading).toBe('Use your passkey')
    const csrf = browser.view.forms[0]?.fields.csrf ?? ''
    const code = '000000'
    await browser.post(browser.view.url.pathname, { csrf, setup: 'x', code })
    expect(browser.view.heading).toBe('Use your passkey')
  })

  it('EN01: is required before anybody is signed in', async () => {
    await require(alice.user.sub)
    const { browser } = await withPasswordAlone()
    expect(browser.view.heading).toBe('Set up two-step sign-in')
    expect(await server.deps.store.sessions.list({ now: server.clock.now, limit: 10 })).toEqual([])
    await browser.submit({ code: codeAt(secretOn(browser), server.clock.now) })
    expect(browser.view.heading).toBe('Keep these recovery codes')
    const [session] = await server.deps.store.sessions.list({ now: server.clock.now, limit: 10 })
    expect(session?.acr).toBe('urn:grantor:acr:mfa')
  })
})

describe('EN01: the table of what each change of an account needs', () => {
  /** Routes that take a form and change nothing of an account, or nothing before a mailed link or an app is asked. */
  const elsewhere = [
    'POST /token',
    'POST /par',
    'POST /revoke',
    'POST /introspect',
    'POST /userinfo',
    'POST /device_authorization',
    'POST /register',
    'PUT /register/:client',
    'DELETE /register/:client',
    'POST /authorize',
    'POST /authorize/:interaction/restart',
    'POST /login/:interaction',
    'POST /lost-factor/:interaction',
    'POST /stop-factor-removal/:handle',
    'POST /select-account/:interaction',
    'POST /consent/:interaction',
    'POST /device',
    'POST /device/:interaction',
    'POST /end-session',
    'POST /end-session/confirm',
    'POST /forgot-password',
    'POST /sign-up',
    'POST /reset-password/:handle',
    'POST /verify-email/:handle',
    'POST /invitation/:handle',
    'POST /registration/:handle',
  ]
  const routes = () => server.app.routes.map(({ method, path }) => `${method} ${bare(path)}`)

  it('EN01: has every route that takes a form or shows the account, but those that are known to change none', () => {
    const changing = routes().filter(
      (route) => !/^(ALL|GET|OPTIONS|HEAD) /.test(route) || /^GET \/account/.test(route),
    )
    const unknown = changing.filter((route) => !(route in requiredAssurance) && !elsewhere.includes(route))
    expect(unknown).toEqual([])
    expect(Object.keys(requiredAssurance).filter((route) => !routes().includes(route))).toEqual([])
  })

  it('EN01: asks for the most that the account can reach: passkeys, app, codes, e-mail, password, export, deletion', () => {
    expect(sensitive).toEqual(
      expect.arrayContaining([
        'POST /account/passkeys',
        'POST /account/passkeys/:passkey/remove',
        'POST /account/second-factor/set-up',
        'POST /account/second-factor/recovery-codes',
        'POST /account/second-factor/turn-off',
        'POST /account/password',
        'POST /account/profile/email',
        'GET /account/data/export',
        'POST /account/delete',
      ]),
    )
  })

  it.each(sensitive)('EN01: %s leads a session without the factor to the factor', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const weak = createBrowser(server)
    await weak.open('/account/password')
    await weak.signIn(alice)
    await addPasskey(server, await atAccount())
    const sent = method === 'POST' ? { method: 'POST' as const, fields: {}, from: server.issuer } : {}
    const tab = weak.newTab()
    const response = await tab.request(filled(path), sent)
    expect(response.headers.get('location')).toMatch(/^\/authorize\/\w{16}$/)
    await tab.open(response.headers.get('location') ?? '')
    expect(tab.view.heading).toBe('Use your passkey')
  })

  it('EN01: a code of the app proves as much as a passkey, so a lost one can be removed', async () => {
    const browser = await atAccount()
    await enrolApp(server, browser)
    const key = await addPasskey(server, browser)
    await browser.open('/account/passkeys')
    await browser.submit({}, 'Remove')
    expect(await server.deps.store.passkeys.find(key.id)).toBeUndefined()
  })
})

describe('EN02: a browser that was left open', () => {
  /** Alice has just signed in on the way to an app, and has gone. */
  async function borrowed(): Promise<Browser> {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(alice)
    await browser.open('/account')
    return browser
  }

  it.each(sensitive)('EN02: %s takes the current password or a passkey', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const tab = await borrowed()
    const csrf = tab.view.forms[0]?.fields.csrf ?? ''
    const sent = method === 'POST' ? { method: 'POST' as const, fields: { csrf }, from: server.issuer } : {}
    const response = await tab.request(filled(path), sent)
    await tab.open(response.headers.get('location') ?? '')
    expect(tab.view.heading).toBe('Confirm that it is you')
  })

  it('EN02: sends no mail to another address before, and one after', async () => {
    const browser = await borrowed()
    const csrf = browser.view.forms[0]?.fields.csrf ?? ''
    const mailed = server.mails.length
    await browser.post('/account/profile/email', { csrf, email: 'thief@example.test' })
    expect([browser.view.heading, server.mails.length]).toEqual(['Confirm that it is you', mailed])
    await browser.submit({ password: alice.password })
    expect(browser.view.heading).toBe('Change your email address')
    await browser.submit({ email: 'mine@example.test' })
    expect(server.mails.at(-1)?.to).toBe('mine@example.test')
  })

  it.each<[string, Record<string, string>]>([
    ['an app asks for one', { claims: secondFactorClaims }],
    ['an app asks for one in a new window', { claims: secondFactorClaims, prompt: 'select_account' }],
  ])('EN02: sets up no second factor because %s', async (_why, params) => {
    const tab = await borrowed()
    await tab.open(authorizeUrl(server, app, params).url)
    if (params.prompt) await tab.submit({ account: alice.user.sub })
    expect(tab.view.heading).toBe('Confirm that it is you')
  })

  it('EN02: a passkey confirms as well as a password', async () => {
    const key = await addPasskey(server, await atAccount())
    const browser = await borrowed()
    await browser.open('/account/profile/email')
    await browser.submit({ passkey: key.assert(optionsOn(browser)) })
    expect(browser.view.heading).toBe('Change your email address')
  })
})

describe('EN04: what an app or a policy asks for', () => {
  const acr = (ask: object) => ({ claims: JSON.stringify({ id_token: { acr: ask } }) })

  /** Alice's only factor is a passkey; she signs in by password in a new browser. */
  async function byPassword(params: Record<string, string>) {
    const key = await addPasskey(server, await atAccount())
    const browser = createBrowser(server)
    const started = authorizeUrl(server, app, params)
    await browser.open(started.url)
    await browser.signIn(alice)
    return { browser, started, key }
  }

  it.each<[string, Record<string, string>]>([
    ['phr in acr_values', { acr_values: 'phr' }],
    ['phr before another value', { acr_values: 'phr urn:grantor:acr:mfa' }],
    ['phr as an essential claim', acr({ essential: true, value: 'phr' })],
    ['phr as a voluntary claim', acr({ values: ['phr'] })],
    ['a second factor as a voluntary claim', acr({ value: 'urn:grantor:acr:mfa' })],
  ])('EN04: %s is not met by a password, but by the passkey', async (_what, params) => {
    const { browser, started, key } = await byPassword(params)
    expect(browser.view.heading).toBe('Use your passkey')
    const { left } = await browser.submit({ passkey: key.assert(optionsOn(browser)) })
    const tokens = await redeem(server, app, { ...started, code: left?.params.get('code') ?? '' })
    expect(['phr', 'urn:grantor:acr:mfa']).toContain(claimsOf(tokens.id_token ?? '').acr)
  })

  it('EN04: a policy of the app, of its defaults and of an administrator ask for the passkey', async () => {
    const strict = await server.addClient('web', { skip_consent: true, require_second_factor: true })
    const careful = await server.addClient('web', { skip_consent: true, default_acr_values: ['phr'] })
    for (const client of [strict, careful, app]) {
      alice = await server.addUser({ username: `user of ${client.client.id}` })
      const key = await addPasskey(server, await atAccount())
      if (client === app) await require(alice.user.sub)
      const browser = createBrowser(server)
      await browser.open(authorizeUrl(server, client).url)
      await browser.signIn(alice)
      expect(browser.view.heading).toBe('Use your passkey')
      expect((await browser.submit({ passkey: key.assert(optionsOn(browser)) })).left).toBeDefined()
    }
  })

  it('EN04: acr and amr name what was proven in this session, and nothing of another or before', async () => {
    const first = createBrowser(server)
    const key = await addPasskey(server, await atAccount())
    await first.open(authorizeUrl(server, app, { acr_values: 'phr' }).url)
    await first.submit({ passkey: key.assert(optionsOn(first)) })
    // The same user confirms by password: that is a new sign-in, and the passkey was none of it.
    const asked = authorizeUrl(server, app, { prompt: 'login' })
    await first.open(asked.url)
    const { left } = await first.submit({ password: alice.password })
    const tokens = await redeem(server, app, { ...asked, code: left?.params.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ acr: 'urn:grantor:acr:pwd', amr: ['pwd'] })
  })

  it('EN04: an app for codes that is set up in a session by passkey proves no password', async () => {
    const key = await addPasskey(server, await atAccount())
    const browser = createBrowser(server)
    await browser.open('/account/second-factor/set-up')
    await browser.submit({ passkey: key.assert(optionsOn(browser)) })
    await browser.submit({ code: codeAt(secretOn(browser), server.clock.now) })
    const live = await server.deps.store.sessions.list({ now: server.clock.now, limit: 10 })
    const amr = live.map((one) => one.amr).find((methods) => methods.includes('otp'))
    expect(amr).toEqual(['pop', 'user', 'mfa', 'otp'])
  })
})
