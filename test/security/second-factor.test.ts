// The security catalogue, SE11 and SE13: second factors and passkeys, by the pages themselves.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthenticator, type Flaws } from '../support/authenticator.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce } from '../support/connected.js'
import {
  type App,
  addPasskey,
  codeAt,
  enrolApp,
  openConfirmed,
  optionsOn,
  secretOn,
} from '../support/factors.js'
import { authorizeUrl, claimsOf, redeem, walk } from '../support/flow.js'
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

async function atAccount(who = alice): Promise<Browser> {
  const browser = createBrowser(server)
  await browser.open('/account')
  await browser.signIn(who)
  return browser
}

/** Alice with an app, and a new browser in which her password was right. */
async function halfway(params: Record<string, string> = {}): Promise<{ phone: App; browser: Browser }> {
  const phone = await enrolApp(server, await atAccount())
  const browser = createBrowser(server)
  await browser.open(authorizeUrl(server, app, params).url)
  await browser.signIn(alice)
  return { phone, browser }
}

async function idTokenOf(browser: Browser, params: Record<string, string> = {}) {
  const started = authorizeUrl(server, app, params)
  await browser.open(started.url)
  const answer = await walk(browser)
  const { id_token = '' } = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
  return claimsOf(id_token)
}

describe('SE11 a code of an app', () => {
  it('completes a password; acr and amr say so', async () => {
    const { phone, browser } = await halfway()
    expect(browser.view.heading).toBe('Enter a code')
    const { left } = await browser.submit({ code: phone.code() })
    expect(left?.params.has('code')).toBe(true)
    expect(await idTokenOf(browser)).toMatchObject({
      acr: 'urn:grantor:acr:mfa',
      amr: ['pwd', 'otp', 'mfa'],
    })
  })

  it('is asked for before anything is signed in: the account is closed to half of it', async () => {
    const { browser } = await halfway()
    const rows = await server.deps.store.sessions.list({ now: server.clock.now, limit: 10 })
    expect(rows).toHaveLength(1)
    for (const page of ['', '/password', '/sessions', '/connections', '/data/export']) {
      const { url, heading } = await browser.newTab().open(`/account${page}`)
      expect(url.pathname, page).toMatch(/^\/login\//)
      expect(heading).toBe('Sign in')
    }
  })

  it('works once, also when fifty use it at the same moment', async () => {
    const { phone, browser } = await halfway()
    const { action = '', fields = {} } = browser.view.forms[0] ?? {}
    const code = phone.code()
    const sent = { method: 'POST' as const, fields: { ...fields, code }, from: server.issuer }
    await atOnce(() => browser.newTab().request(action, sent))
    const events = await server.deps.store.audit.ofUser(alice.user.sub, { limit: 200 })
    expect(events.filter(({ type }) => type === 'user.signed_in')).toHaveLength(3)
    // The others were wrong, and wait.
    server.clock.advance(2)
    const again = createBrowser(server)
    await again.open('/account')
    await again.signIn(alice)
    expect((await again.submit({ code })).status).toBe(422)
  })

  it('may be off by half a minute, not by more', async () => {
    const { phone, browser } = await halfway()
    const late = phone.code()
    server.clock.advance(61)
    expect((await browser.submit({ code: late })).status).toBe(422)
    const early = codeAt(phone.secret, server.clock.now + 29)
    expect((await browser.submit({ code: `${early.slice(0, 3)} ${early.slice(3)}` })).left).toBeDefined()
  })

  it('cannot be guessed by who knows the password: right passwords win no tries', async () => {
    await halfway()
    let tried = 0
    for (let round = 0; round < 60; round++) {
      const browser = createBrowser(server, { address: `198.18.0.${round}` })
      await browser.open('/account')
      if ((await browser.signIn(alice)).status === 429) continue
      const { status } = await browser.submit({ code: '000000' })
      if (status === 422) tried++
      else expect(status).toBe(429)
    }
    expect(tried).toBeLessThanOrEqual(5)
  })

  it('does not outlive the password that came before it', async () => {
    const { phone, browser } = await halfway()
    server.clock.advance(1)
    await server.deps.store.users.setPassword(alice.user.sub, 'x', server.clock.now)
    await browser.submit({ code: phone.code() })
    expect(browser.view.heading).toBe('Sign in')
  })

  it('is waited for five minutes', async () => {
    const { phone, browser } = await halfway()
    server.clock.advance(300)
    await browser.submit({ code: phone.code() })
    expect(browser.view.heading).toBe('Sign in')
  })

  it('is no code of another person, and none of the recovery codes', async () => {
    const { browser, phone } = await halfway()
    const mallory = await server.addUser({ username: 'mallory' })
    const theirs = await enrolApp(server, await atAccount(mallory))
    for (const code of [
      theirs.code(),
      phone.recoveryCodes[0] ?? '',
      '',
      '12345',
      '1234567',
      'abcdef',
      '１２３４５６',
    ])
      expect([422, 429]).toContain((await browser.submit({ code })).status)
  })
})

describe('SE11 a recovery code', () => {
  async function withRecovery() {
    const { phone, browser } = await halfway()
    await browser.open(`${browser.view.url.pathname}?method=recovery`)
    return { phone, browser }
  }

  it('gets in once, however it is typed, and the person hears of it', async () => {
    const { phone, browser } = await withRecovery()
    const [code = ''] = phone.recoveryCodes
    expect(phone.recoveryCodes).toHaveLength(10)
    const { left } = await browser.submit({ code: ` ${code.toUpperCase().replaceAll('-', ' ')} ` })
    expect(left).toBeDefined()
    expect(server.mails.map(({ subject }) => subject)).toContain('A recovery code was used')
    expect(await server.deps.store.recoveryCodes.count(alice.user.sub)).toBe(9)
    const again = createBrowser(server)
    await again.open('/account')
    await again.signIn(alice)
    await again.open(`${again.view.url.pathname}?method=recovery`)
    expect((await again.submit({ code })).status).toBe(422)
  })

  it('gets in one of fifty at the same moment', async () => {
    const { phone, browser } = await withRecovery()
    const { action = '', fields = {} } = browser.view.forms[0] ?? {}
    const sent = {
      method: 'POST' as const,
      fields: { ...fields, code: phone.recoveryCodes[3] ?? '' },
      from: server.issuer,
    }
    await atOnce(() => browser.newTab().request(action, sent))
    const events = await server.deps.store.audit.ofUser(alice.user.sub, { limit: 200 })
    expect(events.filter(({ type }) => type === 'user.recovery_code_used')).toHaveLength(1)
  })

  it('comes of one set, also when fifty renew them at the same moment; who is shown none is told why', async () => {
    const browser = await atAccount()
    await enrolApp(server, browser)
    await browser.open('/account/second-factor')
    const form = browser.view.forms.find(({ action }) => action.endsWith('/recovery-codes'))
    const { action = '', fields = {} } = form ?? {}
    const tabs = await atOnce(() => browser.newTab().post(action, fields))
    const shown = tabs.filter(({ heading }) => heading === 'Keep these recovery codes')
    const valid = await server.deps.store.recoveryCodes.count(alice.user.sub)
    expect([shown.length, valid]).toEqual([1, 10])
    for (const view of tabs.filter((view) => view !== shown[0])) {
      expect([view.status, view.text]).toEqual([409, expect.stringContaining('twice at the same moment')])
    }
    await browser.open('/account/second-factor')
    expect((await browser.submit({}, 'Make new recovery codes')).heading).toBe('Keep these recovery codes')
  })

  it('is not in the database, nor is the secret of the app', async () => {
    const { phone } = await withRecovery()
    const totp = await server.deps.store.totps.find(alice.user.sub)
    expect(totp?.sealed).not.toContain(phone.secret.replaceAll(' ', ''))
    expect(JSON.stringify(server.log)).not.toContain(phone.recoveryCodes[0])
  })
})

describe('a second factor that must be there', () => {
  it('is set up on the way in, by order of an administrator, and nothing is open before', async () => {
    await server.deps.store.users.setSecondFactorRequired(alice.user.sub, true, server.clock.now)
    const browser = await atAccount()
    expect(browser.view.heading).toBe('Set up two-step sign-in')
    const aside = browser.newTab()
    expect((await aside.open('/account/sessions')).heading).toBe('Sign in')
    await aside.open(authorizeUrl(server, app).url)
    expect(aside.view.left).toBeUndefined()
    const wrong = await browser.submit({ code: '000000' })
    expect([wrong.status, wrong.heading]).toEqual([422, 'Set up two-step sign-in'])
    const secret = secretOn(browser)
    await browser.submit({ code: codeAt(secret, server.clock.now) })
    expect(browser.view.heading).toBe('Keep these recovery codes')
    expect((await browser.open('/account')).heading).toBe('Your account')
    server.clock.advance(60)
    await openConfirmed(browser, '/account/second-factor')
    await browser.submit({ code: codeAt(secret, server.clock.now) })
    expect(browser.view.text).toContain('cannot be turned off')
  })

  it('by order of an app strengthens the session (RFC 9470), which then has a new handle', async () => {
    const strict = await server.addClient('web', { skip_consent: true, require_second_factor: true })
    const browser = await atAccount()
    const phone = await enrolApp(server, browser)
    const weak = await atAccount(await server.addUser({ username: 'bob' }))
    await weak.open(authorizeUrl(server, strict).url)
    await weak.submit({ password: alice.password })
    expect(weak.view.heading).toBe('Set up two-step sign-in')
    const before = browser.cookies
    await browser.open(authorizeUrl(server, strict).url)
    expect(browser.view.left).toBeDefined()
    expect(browser.cookies).toEqual(before)
    expect(phone.secret).not.toBe('')
  })

  it('asked for by acr_values strengthens what was signed in by password before the app was there', async () => {
    const old = await atAccount()
    const phone = await enrolApp(server, await atAccount())
    const before = old.cookies['__Host-grantor_session']
    const started = authorizeUrl(server, app, { acr_values: 'urn:grantor:acr:mfa' })
    await old.open(started.url)
    expect(old.view.heading).toBe('Enter a code')
    const { left } = await old.submit({ code: phone.code() })
    const tokens = await redeem(server, app, { ...started, code: left?.params.get('code') ?? '' })
    expect(claimsOf(tokens.id_token ?? '')).toMatchObject({ acr: 'urn:grantor:acr:mfa' })
    expect(old.cookies['__Host-grantor_session']).not.toBe(before)
    const thief = createBrowser(server)
    thief.setCookie('__Host-grantor_session', before ?? '')
    expect((await thief.open('/account')).heading).toBe('Sign in')
  })

  it('that is essential and cannot be had fails as specified (RFC 9470 5)', async () => {
    const browser = await atAccount()
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['phr'] } } })
    const { left } = await browser.open(authorizeUrl(server, app, { claims }).url)
    expect(left?.params.get('error')).toBe('unmet_authentication_requirements')
  })
})

describe('SE13 a passkey', () => {
  it('signs in without a name; acr and amr say so', async () => {
    const key = await addPasskey(server, await atAccount())
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const { left } = await browser.submit({ passkey: key.assert(optionsOn(browser)) })
    expect(left?.params.has('code')).toBe(true)
    expect(await idTokenOf(browser)).toMatchObject({ acr: 'phr', amr: ['pop', 'user', 'mfa'] })
  })

  const flaws: Record<string, Flaws> = {
    'another origin': { origin: 'https://evil.test' },
    'another relying party': { rpId: 'evil.test' },
    'no user verification': { flags: { uv: false } },
    'nobody present': { flags: { up: false } },
    'another key': { foreignKey: true },
    'a counter that goes back': { signCount: 1 },
    'the handle of somebody else': { userHandle: Buffer.from('u_mallory').toString('base64url') },
    'a challenge of its own': { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' },
    'the type of a registration': { type: 'webauthn.create' },
    'a backup of what cannot be backed up': { flags: { bs: true } },
  }

  it.each(Object.entries(flaws))('with %s is refused', async (_, flaw) => {
    const key = await addPasskey(server, await atAccount())
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const good = key.assert(optionsOn(browser))
    expect((await browser.submit({ passkey: good })).left).toBeDefined()
    const other = createBrowser(server)
    await other.open(authorizeUrl(server, app).url)
    const { status, heading } = await other.submit({ passkey: key.assert(optionsOn(other), flaw) })
    expect([status, heading]).toEqual([422, 'Sign in'])
    expect((await other.submit({ passkey: key.assert(optionsOn(other)) })).left).toBeDefined()
  })

  it('signs a challenge once, in the browser and interaction that it was made for, for five minutes', async () => {
    const key = await addPasskey(server, await atAccount())
    const [one, two] = [createBrowser(server), createBrowser(server)]
    await one.open(authorizeUrl(server, app).url)
    await two.open(authorizeUrl(server, app).url)
    const foreign = key.assert(optionsOn(one))
    expect((await two.submit({ passkey: foreign })).status).toBe(422)
    const { action = '', fields = {} } = one.view.forms[0] ?? {}
    const passkey = key.assert(optionsOn(one))
    const sent = { method: 'POST' as const, fields: { ...fields, passkey }, from: server.issuer }
    await atOnce(() => one.newTab().request(action, sent))
    const events = await server.deps.store.audit.ofUser(alice.user.sub, { limit: 200 })
    expect(events.filter(({ type }) => type === 'user.signed_in')).toHaveLength(3)
    const late = createBrowser(server)
    await late.open(authorizeUrl(server, app).url)
    const options = optionsOn(late)
    server.clock.advance(300)
    expect((await late.submit({ passkey: key.assert(options) })).status).toBe(422)
  })

  it('SE13: is not accepted again after its client address has sent so much that older rows make room', async () => {
    const key = await addPasskey(server, await atAccount())
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const { challenge } = JSON.parse(optionsOn(browser))
    expect((await browser.submit({ passkey: key.assert(optionsOn(browser)) })).left).toBeDefined()
    const flood = createBrowser(server)
    const begin = () => flood.open(authorizeUrl(server, app, { state: 'x'.repeat(4096) }).url)
    const first = (await begin()).url.pathname.split('/').at(-1) ?? ''
    for (let i = 0; i < 120; i++) await begin()
    expect(await server.deps.store.interactions.find(first)).toBeUndefined()
    expect(await server.deps.store.replay.has(`webauthn ${challenge}`)).toBe(true)
  })

  it('that is garbage is refused, and nothing fails', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const key = createAuthenticator(server.issuer)
    const good = JSON.parse(key.assert(optionsOn(browser)))
    const bad = [
      'x',
      '{}',
      'null',
      '[]',
      '"'.repeat(20_000),
      JSON.stringify({ ...good, id: 'AAAA' }),
      JSON.stringify({ ...good, response: {} }),
      JSON.stringify({ ...good, response: { ...good.response, clientDataJSON: 'e30' } }),
      JSON.stringify({ ...good, response: { ...good.response, signature: '' } }),
      JSON.stringify(good),
    ]
    for (const passkey of bad) {
      // Longer than the address has to wait after any of them.
      server.clock.advance(16)
      expect((await browser.submit({ passkey })).status).toBe(422)
    }
  })

  it('is registered only as the page asked: once, for this session, verified, for this site', async () => {
    const browser = await atAccount()
    const authenticator = createAuthenticator(server.issuer)
    const attempt = async (flaw: Flaws = {}, from = browser) => {
      await openConfirmed(from, '/account/passkeys')
      const passkey = authenticator.register(optionsOn(from), flaw)
      return { passkey, status: (await from.submit({ passkey })).status }
    }
    for (const flaw of [{ origin: 'https://evil.test' }, { rpId: 'evil.test' }, { flags: { uv: false } }])
      expect((await attempt(flaw)).status).toBe(422)
    const { passkey, status } = await attempt()
    expect(status).toBe(200)
    await browser.submit({ passkey: authenticator.assert(optionsOn(browser)) })
    expect(
      (await browser.post('/account/passkeys', { ...browser.view.forms.at(-1)?.fields, passkey })).status,
    ).toBe(422)
    expect(await server.deps.store.passkeys.listByUser(alice.user.sub)).toHaveLength(1)
    const mallory = await atAccount(await server.addUser({ username: 'mallory' }))
    expect((await attempt({}, mallory)).status).toBe(422)
    expect((await server.deps.store.passkeys.find(authenticator.id))?.sub).toBe(alice.user.sub)
  })

  it('is offered after a password where the browser can make one, once in three months', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    const fields = { username: 'alice', password: alice.password, passkey_capable: '1' }
    await browser.submit(fields)
    expect(browser.view.heading).toBe('Sign in faster next time')
    const passkey = createAuthenticator(server.issuer).register(optionsOn(browser))
    expect((await browser.submit({ passkey })).left).toBeDefined()
    expect(await server.deps.store.passkeys.listByUser(alice.user.sub)).toHaveLength(1)
    const bob = await server.addUser({ username: 'bob' })
    for (const [days, heading] of [
      [0, 'Sign in faster next time'],
      [89, ''],
      [90, 'Sign in faster next time'],
    ] as const) {
      server.clock.advance(days * 86_400)
      const again = createBrowser(server)
      await again.open(authorizeUrl(server, app).url)
      await again.submit({ ...fields, username: 'bob', password: bob.password })
      expect(again.view.heading, `${days}`).toBe(heading)
      if (days === 89) server.clock.advance(-89 * 86_400)
    }
  })
})
