// Device authorization under attack: guessed codes, other clients, other browsers, phishing links, many polls at once.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { ask, askAnyhow, deviceGrant, enter, poll, pollError } from '../support/device.js'
import { authorizeUrl, exchange, getCode, refresh, tokensOf } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { type Opened, raceKinds } from '../support/stores.js'

const noon = 1_800_014_400 // so that no minute ends by itself

let server: TestServer
let tv: Registered
let ada: Person

async function begin(store?: Opened['store']): Promise<void> {
  server = await createTestServer({ startAt: noon, ...(store && { store }) })
  tv = await server.addClient('device', { client_name: 'Garden TV' })
  ada = await server.addUser({ username: `ada${Math.random().toString(36).slice(2)}` })
}

/** In front of the question, signed in. */
async function asked(params = {}) {
  const browser = createBrowser(server)
  const request = await ask(server, tv, params)
  await enter(browser, request, ada)
  return { browser, request }
}

const formOf = (browser: Browser, decision: string) => {
  const form = browser.view.forms.find(({ buttons }) => buttons.some(({ value }) => value === decision))
  return { action: form?.action ?? '', fields: { ...form?.fields, decision } }
}

describe('in memory', () => {
  beforeEach(() => begin())
  afterEach(() => server.close())

  describe('DV01: guessing user codes', () => {
    it('is over for an address after five a minute, whatever browser it shows', async () => {
      const { user_code } = await ask(server, tv)
      for (let i = 0; i < 5; i++) {
        expect((await enter(createBrowser(server), { user_code: 'BBBB-BBBB' })).status).toBe(422)
      }
      const view = await enter(createBrowser(server), { user_code })
      expect([view.status, view.headers.get('retry-after')]).toEqual([429, '60'])
      expect(view.text).toContain('Try again in 1 minute')
      expect((await enter(createBrowser(server, { address: '198.51.100.7' }), { user_code })).heading).toBe(
        'Sign in',
      )
      server.clock.advance(60)
      expect((await enter(createBrowser(server), { user_code })).heading).toBe('Sign in')
    })

    it('is over for everybody after a hundred a minute from any number of addresses, and is told', async () => {
      const { user_code } = await ask(server, tv)
      for (let i = 0; i < 100; i++) {
        const address = `198.18.0.${i}`
        expect((await enter(createBrowser(server, { address }), { user_code: 'BBBB-BBBB' })).status).toBe(422)
      }
      expect((await enter(createBrowser(server), { user_code })).status).toBe(429)
      const alarms = await server.deps.store.audit.list({ type: 'device.codes_guessed', limit: 10 })
      expect(alarms).toHaveLength(1)
      expect(server.log.filter((line) => line.includes('user codes are being guessed'))).toHaveLength(1)
    })

    it('does not count who types the right one, nor what can be no code', async () => {
      const browser = createBrowser(server)
      for (let i = 0; i < 8; i++) {
        expect((await enter(browser, { user_code: 'too short' })).status).toBe(422)
        expect((await enter(browser, await ask(server, tv))).heading).toBe('Sign in')
      }
    })

    it('tells a used code only to who pays for a guess', async () => {
      const { browser, request } = await asked()
      await browser.deny()
      for (let i = 0; i < 5; i++) expect((await enter(browser, request)).status).toBe(422)
      expect((await enter(browser, request)).status).toBe(429)
    })
  })

  it('EX01: makes any number of requests from an address, the oldest of which make room', async () => {
    const first = await ask(server, tv)
    for (let n = 0; n < 700; n++) await ask(server, tv)
    expect(await pollError(server, tv, first)).toBe('invalid_grant')
    expect(await pollError(server, tv, await ask(server, tv))).toBe('authorization_pending')
  })

  describe('DV02: a device code', () => {
    it('is worth nothing to another client, and stays worth as much to its own', async () => {
      const other = await server.addClient('device')
      const { browser, request } = await asked()
      expect(await pollError(server, other, request)).toBe('invalid_grant')
      await browser.allow()
      expect(await pollError(server, other, request)).toBe('invalid_grant')
      expect(await pollError(server, tv, request)).toBe('none')
    })

    it('is not for a client that has not registered the grant type', async () => {
      const native = await server.addClient('native')
      const { request } = await asked()
      expect(await pollError(server, native, request)).toBe('unauthorized_client')
      const answer = await askAnyhow(server, native)
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'unauthorized_client' }])
    })

    it('needs its secret, to the last bit', async () => {
      const { request, browser } = await asked()
      await browser.allow()
      const [id, secret = ''] = request.device_code.split('.')
      for (const device_code of [
        `${id}.${'A'.repeat(43)}`,
        `${id}.${secret}A`,
        `${id}.`,
        id ?? '',
        secret,
        request.user_code,
      ]) {
        expect(await pollError(server, tv, { device_code })).toBe('invalid_grant')
      }
      expect(await pollError(server, tv, { device_code: '' })).toBe('invalid_request')
    })

    it('is no authorization code, and an authorization code is no device code', async () => {
      const both = await server.addClient('native', {
        grant_types: ['authorization_code', 'refresh_token', deviceGrant],
      })
      const got = await getCode(server, createBrowser(server), both, { person: ada })
      expect(await pollError(server, both, { device_code: got.code })).toBe('invalid_grant')
      const request = await ask(server, both)
      const browser = createBrowser(server)
      await enter(browser, request, ada)
      await browser.allow()
      expect((await exchange(server, both, { ...got, code: request.device_code })).status).toBe(400)
      const { grantId = '' } =
        (await server.deps.store.deviceRequests.find(request.device_code.slice(0, 16))) ?? {}
      const forged = `${grantId}.${request.device_code.slice(17)}`
      expect((await exchange(server, both, { ...got, code: forged })).status).toBe(400)
      expect(await pollError(server, both, request)).toBe('none')
    })

    it('stays out of addresses and of the database', async () => {
      const { browser, request } = await asked()
      await browser.allow()
      const { device_code } = request
      const answer = await server.fetch(`/token?device_code=${device_code}`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: deviceGrant, client_id: tv.client.id, device_code }),
      })
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
      const row = await server.deps.store.deviceRequests.find(request.device_code.slice(0, 16))
      expect(JSON.stringify(row)).not.toContain(request.device_code.slice(17))
      expect(server.log.join()).not.toContain(request.device_code.slice(17))
    })
  })

  describe('DV03: polling', () => {
    it('is slowed by five seconds for good each time that it comes too soon', async () => {
      const request = await ask(server, tv)
      const later = async (seconds: number) => {
        server.clock.advance(seconds)
        return pollError(server, tv, request)
      }
      expect(await later(0)).toBe('authorization_pending')
      expect(await later(3)).toBe('slow_down')
      expect(await later(8)).toBe('slow_down')
      expect(await later(14)).toBe('authorization_pending')
      expect(await later(13)).toBe('slow_down')
      expect(await later(19)).toBe('authorization_pending')
    })

    it('writes nothing more once the interval is as long as it gets', async () => {
      const request = await ask(server, tv)
      const id = request.device_code.slice(0, 16)
      for (let i = 0; i < 30; i++) await pollError(server, tv, request)
      const before = await server.deps.store.deviceRequests.find(id)
      expect(before?.interval).toBe(60)
      server.clock.advance(1)
      expect(await pollError(server, tv, request)).toBe('slow_down')
      expect(await server.deps.store.deviceRequests.find(id)).toEqual(before)
    })

    it('is never slowed once there is an answer', async () => {
      const { browser, request } = await asked()
      expect(await pollError(server, tv, request)).toBe('authorization_pending')
      await browser.allow()
      expect(await pollError(server, tv, request)).toBe('none')
    })

    it('ends at the tenth minute, answered or not', async () => {
      const { browser, request } = await asked()
      const waiting = await ask(server, tv)
      await browser.allow()
      server.clock.advance(599)
      expect(await pollError(server, tv, waiting)).toBe('authorization_pending')
      server.clock.advance(1)
      expect(await pollError(server, tv, waiting)).toBe('expired_token')
      expect(await pollError(server, tv, request)).toBe('expired_token')
    })

    it('hears of a person who has changed their mind, was disabled, or whose app was', async () => {
      const disconnect = await asked({ scope: 'openid offline_access' })
      await disconnect.browser.allow()
      const { sub } = ada.user
      await server.deps.store.grants.revokeByUserAndClient(
        sub,
        tv.client.id,
        noon,
        'disconnected by the user',
      )
      expect(await pollError(server, tv, disconnect.request)).toBe('invalid_grant')

      const first = await asked()
      await first.browser.allow()
      const second = await ask(server, tv)
      await server.deps.store.clients.setDisabled(tv.client.id, true, noon)
      expect(await pollError(server, tv, first.request)).toBe('401 invalid_client')
      await server.deps.store.clients.setDisabled(tv.client.id, false, noon)
      expect(await pollError(server, tv, first.request)).toBe('invalid_grant')
      expect(await pollError(server, tv, second)).toBe('invalid_grant')

      const third = await asked()
      await third.browser.allow()
      await server.deps.store.users.setDisabled(sub, true, noon)
      expect(await pollError(server, tv, third.request)).toBe('invalid_grant')
    })
  })

  describe('DV05: the answer', () => {
    it.each(['allow', 'deny'])(
      '%s is taken from no other browser, even with the same person in it',
      async (d) => {
        const { browser, request } = await asked()
        const { action, fields } = formOf(browser, d)
        const other = createBrowser(server)
        await getCode(server, other, await server.addClient('web'), { person: ada })
        expect((await other.post(action, fields)).status).toBe(400)
        expect((await other.open(browser.view.url)).status).toBe(400)
        expect(await pollError(server, tv, request)).toBe('authorization_pending')
      },
    )

    it.each([
      ['no token', { csrf: '' }],
      ['the token of another page', { csrf: 'of /device' }],
    ])('is refused with %s', async (_name, bad) => {
      const { browser, request } = await asked()
      const { action, fields } = formOf(browser, 'allow')
      const door = browser.newTab()
      await door.open('/device')
      const csrf = bad.csrf && (door.view.forms[0]?.fields.csrf ?? '')
      expect((await browser.post(action, { ...fields, csrf })).status).toBe(403)
      expect(await pollError(server, tv, request)).toBe('authorization_pending')
    })

    it('is refused from another site, and without saying what was shown', async () => {
      const { browser, request } = await asked()
      const { action, fields } = formOf(browser, 'allow')
      expect((await browser.post(action, fields, { from: 'https://evil.test' })).status).toBe(403)
      expect((await browser.post(action.split('?')[0] ?? '', fields)).status).toBe(403)
      expect((await browser.post(action, { ...fields, decision: 'maybe' })).status).toBe(403)
      expect(await pollError(server, tv, request)).toBe('authorization_pending')
    })

    it('of who was on the page does not count once somebody else is signed in', async () => {
      const { browser, request } = await asked()
      const { action, fields } = formOf(browser, 'allow')
      const bob = await server.addUser({ username: 'bob' })
      const tab = browser.newTab()
      await tab.open(browser.view.url)
      await tab.submit({}, 'Not you?')
      await tab.signIn(bob)
      expect(tab.view.text).toContain('bob')
      await browser.post(action, fields)
      expect(browser.view.heading).toContain(request.user_code)
      expect(await pollError(server, tv, request)).toBe('authorization_pending')
      await browser.allow()
      const tokens = await tokensOf(await poll(server, tv, request))
      expect(
        JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString()).sub,
      ).toBe(bob.user.sub)
    })

    it('is asked of nobody who is not signed in, nor after they have signed out', async () => {
      const { browser, request } = await asked()
      const { action, fields } = formOf(browser, 'allow')
      const tab = browser.newTab()
      await tab.open('/account')
      await tab.submit({}, 'Sign out')
      await browser.post(action, fields)
      expect(browser.view.heading).toBe('Sign in')
      expect(await pollError(server, tv, request)).toBe('authorization_pending')
    })

    it('needs a sign-in as fresh as the client asks for when it is given, not only when it was asked', async () => {
      const strict = await server.addClient('device', { default_max_age: 300 })
      const browser = createBrowser(server)
      const request = await ask(server, strict)
      await browser.open('/account')
      await browser.signIn(ada)
      await enter(browser, request)
      expect(browser.view.heading).toContain(request.user_code)
      server.clock.advance(300)
      await browser.allow()
      expect(browser.view.url.pathname).toContain('/login/')
      expect(await pollError(server, strict, request)).toBe('authorization_pending')
    })

    it('counts for nothing if the person signs out in the same moment', async () => {
      const { browser, request } = await asked({ scope: 'openid offline_access' })
      const { grants, sessions } = server.deps.store
      const create = grants.create
      Object.assign(grants, {
        create: async (grant: Parameters<typeof create>[0]) => {
          const [session] = await sessions.list({ sub: ada.user.sub, now: noon, limit: 1 })
          await sessions.remove(session?.id ?? '')
          await create(grant)
        },
      })
      await browser.allow()
      expect(browser.view.heading).toBe('Sign in')
      expect(await pollError(server, tv, request)).toBe('authorization_pending')
      expect(await grants.list({ clientId: tv.client.id, now: noon, limit: 9 })).toEqual([])
    })

    it('the form that takes a code is this browser\u2019s own', async () => {
      const { user_code } = await ask(server, tv)
      const browser = createBrowser(server)
      await browser.open('/device')
      const fields = { ...browser.view.forms[0]?.fields, user_code }
      const other = createBrowser(server)
      await other.open('/device')
      expect((await other.post('/device', fields)).status).toBe(403)
      expect((await browser.post('/device', fields, { from: 'https://evil.test' })).status).toBe(403)
    })
  })

  describe('DV06: a link with the code in it', () => {
    it('only fills the field in; the page shows code, app and scopes, and asks every time', async () => {
      await server.addResource('https://trees.test', ['trees:read'])
      for (let visit = 0; visit < 2; visit++) {
        const browser = createBrowser(server)
        const request = await ask(server, tv, { scope: 'openid trees:read offline_access' })
        await browser.open(request.verification_uri_complete)
        expect([browser.view.status, browser.view.heading]).toEqual([200, 'Connect a device'])
        expect(browser.view.text).toContain('Go on only if your device shows the same one')
        await browser.submit()
        await browser.signIn(ada)
        expect(browser.view.heading).toContain(`Does your device show ${request.user_code}`)
        expect(browser.view.text).toContain('Garden TV')
        expect(browser.view.text).toContain('may trees:read')
        expect(browser.view.text).toContain('192.0.2.1')
        await browser.allow()
        expect(await pollError(server, tv, request)).toBe('none')
      }
    })

    it('asks even for an app of the house, and for one that is connected already', async () => {
      const house = await server.addClient('native', {
        skip_consent: true,
        grant_types: ['authorization_code', 'refresh_token', deviceGrant],
      })
      const browser = createBrowser(server)
      await getCode(server, browser, house, { person: ada })
      const request = await ask(server, house)
      const view = await enter(browser, request)
      expect(view.heading).toContain(`Does your device show ${request.user_code}`)
      expect(await pollError(server, house, request)).toBe('authorization_pending')
    })

    it('RG11: an app that has changed since the page was sent is asked about anew', async () => {
      const { browser, request } = await asked()
      const metadata = { ...tv.client.metadata, client_name: 'Another TV' }
      await server.deps.store.clients.update({ id: tv.client.id, metadata, updatedAt: noon })
      await browser.allow()
      expect(browser.view.text).toContain('Another TV')
      expect(await pollError(server, tv, request)).toBe('authorization_pending')
    })

    it('does not make the code flow ask less', async () => {
      const both = await server.addClient('web', {
        grant_types: ['authorization_code', 'refresh_token', deviceGrant],
      })
      const browser = createBrowser(server)
      await enter(browser, await ask(server, both), ada)
      await browser.allow()
      await browser.open(authorizeUrl(server, both).url)
      expect(browser.view.url.pathname).toContain('/consent/')
    })

    it('cannot be framed', async () => {
      const { browser } = await asked()
      for (const view of [browser.view, await browser.open('/device')]) {
        expect(view.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      }
    })

    it('brings nothing else onto the page', async () => {
      const { html } = await createBrowser(server).open('/device?user_code="><script>alert(1)</script>')
      expect(html).not.toContain('alert')
    })
  })
})

describe.each(raceKinds)('on $name', ({ open }) => {
  let opened: Opened
  beforeAll(async () => {
    opened = await open()
    await begin(opened.store)
  })
  afterAll(async () => {
    await server.close()
    await opened.dispose()
  })

  it('DV04, MN01: of 50 polls at once after a yes one gets tokens, and they stay good', async () => {
    const { browser, request } = await asked({ scope: 'openid offline_access' })
    await browser.allow()
    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(server, tv, request)))
    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    const errors = await Promise.all(
      answers.filter(({ status }) => status !== 200).map(async (answer) => (await answer.json()) as object),
    )
    for (const error of errors) expect(error).toMatchObject({ error: 'invalid_grant' })
    const tokens = await tokensOf(won[0] as Response)
    expect((await refresh(server, tv, tokens.refresh_token ?? '')).status).toBe(200)
  })

  it('DV03: of 50 polls at once before it one is in time', async () => {
    const request = await ask(server, tv)
    const errors = await Promise.all(Array.from({ length: 50 }, () => pollError(server, tv, request)))
    expect(errors.filter((error) => error === 'authorization_pending')).toHaveLength(1)
    expect(errors.filter((error) => error === 'slow_down')).toHaveLength(49)
  })

  it('of a yes and a no at once one counts, and the device and the person hear the same', async () => {
    for (let round = 0; round < 5; round++) {
      const one = await asked()
      const other = createBrowser(server)
      await enter(other, one.request, ada)
      await Promise.all(
        round % 2 === 0 ? [one.browser.allow(), other.deny()] : [other.deny(), one.browser.allow()],
      )
      const allowed = one.browser.view.heading === 'Go back to your device'
      expect(other.view.heading).toBe(allowed ? 'This code was already used' : 'The device was not let in')
      expect(await pollError(server, tv, one.request)).toBe(allowed ? 'none' : 'access_denied')
      const live = await server.deps.store.grants.list({ clientId: tv.client.id, now: noon, limit: 100 })
      expect(live.filter(({ lastUsedAt }) => lastUsedAt === undefined)).toEqual([])
    }
  })

  it('of two who say yes at once one is connected', async () => {
    const one = await asked()
    const other = createBrowser(server)
    await enter(other, one.request, ada)
    await Promise.all([one.browser.allow(), other.allow()])
    const headings = [one.browser.view.heading, other.view.heading].sort()
    expect(headings).toEqual(['Go back to your device', 'This code was already used'])
    expect(await pollError(server, tv, one.request)).toBe('none')
  })
})
