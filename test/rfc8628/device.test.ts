// Device authorization as the RFC has it: what a device is told, what a person sees, what is granted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { ask, askAnyhow, deviceGrant, enter, poll, pollError } from '../support/device.js'
import { createProver, refreshParams } from '../support/dpop.js'
import { claimsOf, refresh, tokensOf } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let tv: Registered
let ada: Person

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: false })
  tv = await server.addClient('device', { client_name: 'Garden TV' })
  ada = await server.addUser({ username: 'ada', emailVerified: true })
})
afterAll(() => server.close())

describe('3.1, 3.2: asking', () => {
  it('answers with codes, addresses and times, never to be stored', async () => {
    const answer = await askAnyhow(server, tv, { scope: 'openid profile' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-type')).toBe('application/json')
    const asked = (await answer.json()) as Record<string, unknown>
    expect(asked).toEqual({
      device_code: expect.stringMatching(/^[0-9A-Za-z]{16}\.[\w-]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: 'https://as.test/device',
      verification_uri_complete: `https://as.test/device?user_code=${asked.user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })

  it('is found by discovery, with the grant type', async () => {
    const metadata = await (await server.fetch('/.well-known/oauth-authorization-server')).json()
    expect(metadata).toMatchObject({
      device_authorization_endpoint: 'https://as.test/device_authorization',
      grant_types_supported: expect.arrayContaining([deviceGrant]),
    })
  })

  it('authenticates a client as the token endpoint does', async () => {
    const set = { grant_types: [deviceGrant, 'authorization_code'] }
    const web = await server.addClient('web', set)
    expect((await askAnyhow(server, web)).status).toBe(200)
    const wrong = await askAnyhow(server, { ...web, secret: 'wrong' })
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { error: 'invalid_client' }])
    const nobody = await server.fetch('/device_authorization', {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'nobody' }),
    })
    expect(nobody.status).toBe(401)
  })

  it.each([
    ['scope', { scope: 'no"such' }, 'invalid_scope'],
    ['resource', { resource: 'https://nowhere.test' }, 'invalid_target'],
  ])('refuses a bad %s', async (_name, params, error) => {
    const answer = await askAnyhow(server, tv, params)
    expect([answer.status, await answer.json()]).toMatchObject([400, { error }])
  })
})

describe('3.3-3.5: letting a device in', () => {
  it('goes from the code to tokens, and on by refreshing', async () => {
    const browser = createBrowser(server)
    const asked = await ask(server, tv, { scope: 'openid profile offline_access' })
    expect(await pollError(server, tv, asked)).toBe('authorization_pending')
    await enter(browser, asked, ada)
    expect(browser.view.heading).toContain(`Does your device show ${asked.user_code}`)
    expect(browser.view.text).toContain('Garden TV')
    expect(browser.view.text).toContain('Only go on if you see this code on your device')
    server.clock.advance(5)
    expect(await pollError(server, tv, asked)).toBe('authorization_pending')
    await browser.allow()
    expect([browser.view.status, browser.view.heading]).toEqual([200, 'Go back to your device'])
    await browser.reload()
    expect(browser.view.heading).toBe('Go back to your device')

    const tokens = await tokensOf(await poll(server, tv, asked))
    expect(tokens.scope).toBe('openid profile offline_access')
    const id = claimsOf(tokens.id_token ?? '')
    expect(id).toMatchObject({ sub: ada.user.sub, aud: tv.client.id, amr: ['pwd'] })
    expect(id.auth_time).toEqual(expect.any(Number))
    expect(id.sid).toEqual(expect.any(String))
    expect(id.nonce).toBeUndefined()
    const claims = claimsOf(tokens.access_token)
    expect(claims).toMatchObject({ sub: ada.user.sub, client_id: tv.client.id })
    const next = await tokensOf(await refresh(server, tv, tokens.refresh_token ?? ''))
    expect(claimsOf(next.id_token ?? '').auth_time).toBe(id.auth_time)

    expect(await pollError(server, tv, asked)).toBe('invalid_grant')
    // Who polls once more has not stolen anything: the connection stays.
    await tokensOf(await refresh(server, tv, next.refresh_token ?? ''))
  })

  it('names the API in the resource, and one token is for one', async () => {
    await server.addResource('https://trees.test', ['trees:read'])
    const browser = createBrowser(server)
    const asked = await ask(server, tv, { scope: 'trees:read', resource: 'https://trees.test' })
    await enter(browser, asked, ada)
    expect(browser.view.text).toContain('may trees:read')
    await browser.allow()
    expect(await pollError(server, tv, asked, { resource: 'https://as.test/other' })).toBe('invalid_target')
    const tokens = await tokensOf(await poll(server, tv, asked, { resource: 'https://trees.test' }))
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: 'https://trees.test', scope: 'trees:read' })
    expect(tokens.id_token).toBeUndefined()
  })

  it('binds what a public client gets to the key that it proves (RFC 9449 5)', async () => {
    const prover = createProver(server)
    const browser = createBrowser(server)
    const asked = await ask(server, tv, { scope: 'openid offline_access' })
    await enter(browser, asked, ada)
    await browser.allow()
    const tokens = await tokensOf(
      await prover.token(tv, { grant_type: deviceGrant, device_code: asked.device_code }),
    )
    expect(tokens.token_type).toBe('DPoP')
    expect((await refresh(server, tv, tokens.refresh_token ?? '')).status).toBe(400)
    expect((await prover.token(tv, refreshParams(tokens))).status).toBe(200)
  })

  it('stands among the connected apps, where it can be ended', async () => {
    const browser = createBrowser(server)
    const asked = await ask(server, tv, { scope: 'openid offline_access' })
    await enter(browser, asked, ada)
    await browser.allow()
    const tokens = await tokensOf(await poll(server, tv, asked))
    expect(server.mails.at(-1)).toMatchObject({
      to: 'ada@example.test',
      text: expect.stringContaining('Garden TV'),
    })
    await browser.open('/account/connections')
    expect(browser.view.text).toContain('Garden TV')
    const form = browser.view.forms.find(({ action }) => action.endsWith('/disconnect'))
    await browser.post(form?.action ?? '', form?.fields ?? {})
    const answer = await refresh(server, tv, tokens.refresh_token ?? '')
    expect(answer.status).toBe(400)
    await browser.open('/account/activity')
    expect(browser.view.text).toContain('An app on another device was allowed')
  })

  describe.each([
    ['openid profile', true],
    ['openid profile offline_access', false],
  ])('with the scope %s', (scope, bound) => {
    it(`${bound ? 'ends' : 'stays'} when the person signs out`, async () => {
      const browser = createBrowser(server)
      const asked = await ask(server, tv, { scope })
      await enter(browser, asked, ada)
      expect(browser.view.text.includes('when you sign out')).toBe(bound)
      await browser.allow()
      const tokens = await tokensOf(await poll(server, tv, asked))
      await browser.open('/account')
      await browser.submit({}, 'Sign out')
      const answer = await refresh(server, tv, tokens.refresh_token ?? '')
      expect(answer.status).toBe(bound ? 400 : 200)
    })
  })

  it('tells the device that the person said no', async () => {
    const browser = createBrowser(server)
    const asked = await ask(server, tv)
    await enter(browser, asked, ada)
    await browser.deny()
    expect([browser.view.status, browser.view.heading]).toEqual([200, 'The device was not let in'])
    expect(await pollError(server, tv, asked)).toBe('access_denied')
    expect(await pollError(server, tv, asked)).toBe('access_denied')
  })

  it('PC11: takes a poll up to one second early, again and again, and slows down an earlier one', async () => {
    const asked = await ask(server, tv)
    expect(await pollError(server, tv, asked)).toBe('authorization_pending')
    for (const _ of [1, 2, 3]) {
      server.clock.advance(4)
      expect(await pollError(server, tv, asked)).toBe('authorization_pending')
    }
    server.clock.advance(3)
    expect(await pollError(server, tv, asked)).toBe('slow_down')
    server.clock.advance(9)
    expect(await pollError(server, tv, asked)).toBe('authorization_pending')
  })

  it('asks for as strong a sign-in as the client is registered with', async () => {
    const strict = await server.addClient('device', { require_second_factor: true })
    const browser = createBrowser(server)
    await enter(browser, await ask(server, strict), ada)
    expect(browser.view.url.pathname).toContain('/second-factor/')
  })
})

describe('6.1: typing the code', () => {
  it.each([
    ['as it is shown', (code: string) => code],
    ['in small letters', (code: string) => code.toLowerCase()],
    ['without its dash', (code: string) => code.replace('-', '')],
    ['with spaces for the dash and around', (code: string) => ` ${code.replace('-', '  ')}\t`],
    ['with another dash', (code: string) => code.replace('-', '\u2013')],
    ['letter by letter', (code: string) => [...code].join(' ')],
  ])('works %s', async (_how, typed) => {
    const browser = createBrowser(server)
    const { user_code } = await ask(server, tv)
    const view = await enter(browser, { user_code: typed(user_code) })
    expect(view.heading).toBe('Sign in')
    expect(view.text).toContain('Garden TV')
  })

  it.each([
    ['nothing', ''],
    ['too little', 'WDJB-MJH'],
    ['too much', 'WDJB-MJHTT'],
    ['a vowel', 'WDJB-MJHA'],
    ['a digit', 'WDJB-MJH1'],
    ['a flood', 'W'.repeat(5000)],
  ])('says what a code looks like for %s', async (_what, user_code) => {
    const view = await enter(createBrowser(server, { address: '192.0.2.77' }), { user_code })
    expect([view.status, view.heading]).toEqual([422, 'Connect a device'])
    expect(view.text).toContain('A code has eight letters')
  })

  it('tells a used code from a wrong one, and each says what to do next', async () => {
    const browser = createBrowser(server)
    const asked = await ask(server, tv)
    await enter(browser, asked, ada)
    await browser.allow()
    expect((await enter(browser, asked)).text).toContain('has been used already')
    expect((await enter(browser, { user_code: 'WDJB-MJHT' })).text).toContain('is wrong or has expired')
    expect(browser.view.forms[0]?.fields.user_code ?? 'WDJB-MJHT').toBe('WDJB-MJHT')
  })

  it('leads on from a code that expires while its page is open', async () => {
    const browser = createBrowser(server)
    const asked = await ask(server, tv)
    server.clock.advance(300)
    await enter(browser, asked, ada)
    server.clock.advance(300)
    await browser.allow()
    expect([browser.view.status, browser.view.heading]).toEqual([400, 'This code has expired'])
    expect(browser.view.html).toContain('href="/device"')
    expect((await enter(browser, asked)).text).toContain('is wrong or has expired')
    expect(await pollError(server, tv, asked)).toBe('expired_token')
  })
})
