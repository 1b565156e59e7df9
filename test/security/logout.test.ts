// Back-channel logout (docs/threats.md LO04, LO05): what apps hear, and that no app can hold it up or redirect it.
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../cli/call.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { userinfoStatus } from '../support/connected.js'
import { authorizeUrl, claimsOf, codeFlow } from '../support/flow.js'
import {
  type Answer,
  createDelivery,
  pour,
  startTarget,
  status,
  type Target,
  withoutEnd,
} from '../support/logout-target.js'
import { createTestServer, type Person, type ServerOptions, type TestServer } from '../support/server.js'

let server: TestServer
let alice: Person
let browser: Browser
let delivery: ReturnType<typeof createDelivery>
const opened: { close(): Promise<void> }[] = []
const keep = <T extends { close(): Promise<void> }>(one: T): T => {
  opened.push(one)
  return one
}

async function setUp(options: ServerOptions = {}) {
  server = await createTestServer({
    cheapPasswords: true,
    config: { fetchAllow: ['127.0.0.1'] },
    ...options,
  })
  alice = await server.addUser()
  browser = createBrowser(server)
  delivery = createDelivery(server)
}
beforeEach(() => setUp())
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
  await server.close()
})

const app = (url: string, metadata: Record<string, unknown> = {}) =>
  server.addClient('web', { backchannel_logout_uri: url, ...metadata })

/** Signs in to an app that is told at this address; answers it with what its ID token says. */
async function signIn(url: string, metadata: Record<string, unknown> = {}, person = alice, tab = browser) {
  const registered = await app(url, metadata)
  const tokens = await codeFlow(server, tab, registered, { person })
  return { app: registered, tokens, idToken: claimsOf(tokens.id_token ?? '') }
}

/** Signs out by hand, and sees that it is done. */
async function signOut(tab = browser) {
  await tab.open('/end-session')
  expect((await tab.allow()).heading).toBe('You are signed out')
}

const audited = () => server.deps.store.audit.list({ type: 'client.logout_failed', limit: 100 })
const logged = (level: number) =>
  server.log.map((line) => JSON.parse(line)).filter((line) => line.level === level)

describe('LO04: the logout token', () => {
  it.each(['RS256', 'ES256', 'PS256', 'EdDSA'])(
    'is exact, and signed by %s as the ID tokens are',
    async (alg) => {
      const target = keep(await startTarget())
      const metadata = { id_token_signed_response_alg: alg, backchannel_logout_session_required: true }
      const signedIn = await signIn(`${target.url}?tenant=a`, metadata)
      await signOut()
      await delivery.deliver()
      expect(target.received).toMatchObject([
        { method: 'POST', path: '/logout?tenant=a', type: 'application/x-www-form-urlencoded' },
      ])
      expect([...(target.received[0]?.body.keys() ?? [])]).toEqual(['logout_token'])
      const [token = ''] = target.tokens()
      const keys = (await (await server.fetch('/jwks')).json()) as JSONWebKeySet
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
        issuer: server.issuer,
        audience: signedIn.app.client.id,
        currentDate: new Date(server.clock.now * 1000),
        typ: 'logout+jwt',
        algorithms: [alg],
      })
      expect(protectedHeader).toEqual({ alg, typ: 'logout+jwt', kid: expect.any(String) })
      // Nothing more, and so no nonce.
      expect(payload).toEqual({
        iss: server.issuer,
        sub: alice.user.sub,
        aud: signedIn.app.client.id,
        iat: server.clock.now,
        exp: server.clock.now + 120,
        jti: expect.stringMatching(/^[\w-]{22}$/),
        sid: signedIn.idToken.sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      })
      expect(signedIn.idToken.sub).toBe(payload.sub)
    },
  )

  it('passes for no other token of ours', async () => {
    const target = keep(await startTarget())
    const { app: client } = await signIn(target.url)
    await signOut()
    await delivery.deliver()
    const [token = ''] = target.tokens()
    await codeFlow(server, browser, client, { person: alice })
    expect(await userinfoStatus(server, token)).toBe(401)
    const { left, heading } = await browser.open(`/end-session?id_token_hint=${token}`)
    expect([left, heading]).toEqual([undefined, 'Sign out of Grantor?'])
  })

  it('goes once to every app of the session that wants it, and to no other', async () => {
    const [one, two, elsewhere] = [await startTarget(), await startTarget(), await startTarget()].map(keep)
    const first = await signIn(one?.url ?? '')
    const second = await signIn(two?.url ?? '')
    await codeFlow(server, browser, first.app, { person: alice })
    await codeFlow(server, browser, await server.addClient('web'), { person: alice })
    await signIn(elsewhere?.url ?? '', {}, alice, createBrowser(server))
    await signIn(elsewhere?.url ?? '', {}, await server.addUser({ username: 'bob' }), createBrowser(server))
    await signOut()
    await delivery.deliver()
    await delivery.deliver()
    const audiences = (target: Target | undefined) => target?.tokens().map((token) => decodeJwt(token).aud)
    expect(audiences(one)).toEqual([first.app.client.id])
    expect(audiences(two)).toEqual([second.app.client.id])
    expect(audiences(elsewhere)).toEqual([])
    const sids = [one, two].map((target) => decodeJwt(target?.tokens()[0] ?? '').sid)
    expect(sids).toEqual([first.idToken.sid, second.idToken.sid])
    expect(await audited()).toEqual([])
  })

  it('goes to no app that got no ID token', async () => {
    const target = keep(await startTarget())
    await server.addResource('https://api.test', ['read'])
    const params = { scope: 'read', resource: 'https://api.test' }
    await codeFlow(server, browser, await app(target.url), { person: alice, params })
    await signOut()
    await delivery.deliver()
    expect(target.state.connections).toBe(0)
  })

  it('goes to an app whose person was signed in anew meanwhile, for longer than the first time', async () => {
    const target = keep(await startTarget())
    const { idToken } = await signIn(target.url)
    server.clock.advance(server.config.sessionAbsoluteTtl - 100)
    await browser.open(authorizeUrl(server, await server.addClient('web'), { prompt: 'login' }).url)
    await browser.signIn(alice)
    server.clock.advance(200)
    await server.deps.store.sweep(server.clock.now, 100)
    await signOut()
    await delivery.deliver()
    expect(target.tokens().map((token) => decodeJwt(token).sid)).toEqual([idToken.sid])
  })

  it('goes to nobody when a session is over by itself, nor when the person then signs in again', async () => {
    const target = keep(await startTarget())
    const { app: client } = await signIn(target.url)
    server.clock.advance(server.config.sessionAbsoluteTtl + 1)
    await codeFlow(server, browser, client, { person: alice })
    await delivery.deliver()
    expect(target.state.connections).toBe(0)
  })

  it('is signed anew by a later setting of the client, and not sent when it wants none any more', async () => {
    const target = keep(await startTarget(status(500)))
    const { app: registered } = await signIn(target.url)
    const { id, metadata } = registered.client
    await signOut()
    await delivery.deliver()
    const change = (more: object) =>
      server.deps.store.clients.update({
        id,
        metadata: { ...metadata, ...more },
        updatedAt: server.clock.now,
      })
    await change({ id_token_signed_response_alg: 'ES256' })
    server.clock.advance(10)
    await delivery.deliver()
    expect(target.tokens().map((token) => decodeProtectedHeader(token).alg)).toEqual(['RS256', 'ES256'])
    await change({ backchannel_logout_uri: undefined })
    server.clock.advance(60)
    await delivery.deliver()
    expect(target.tokens()).toHaveLength(2)
    expect(await server.deps.store.logoutCalls.waiting(server.clock.now + 86_400)).toEqual([])
  })
})

describe('LO05, F17: a bad target', () => {
  it.each<[string, Parameters<typeof startTarget>[0], string]>([
    ['answers 500', status(500), 'it answered 500'],
    ['answers 503 without end', pour(503), 'it answered 503'],
    ['answers 404', status(404), 'it answered 404'],
    ['answers 202', status(202), 'it answered 202'],
    ['never answers', () => {}, 'no answer within 1000 ms'],
    ['answers one byte at a time', drip, 'no answer within 1000 ms'],
    ['hangs up', (response) => void response.destroy(), 'the connection failed: UND_ERR_SOCKET'],
    ['sends a head without end', longHead, 'the connection failed: UND_ERR_HEADERS_OVERFLOW'],
    [
      'talks nonsense',
      (response) => void response.socket?.end('hello\r\n\r\n'),
      'the connection failed: HTTPParserError',
    ],
  ])('that %s: the logout is done at once, and it is tried again', async (_name, answer, why) => {
    const target = keep(await startTarget(answer))
    const { tokens } = await signIn(target.url)
    await signOut()
    expect(await userinfoStatus(server, tokens.access_token)).toBe(401)
    expect(target.received).toEqual([])
    await delivery.deliver()
    expect(target.received).toHaveLength(1)
    expect(logged(40)).toMatchObject([
      { why, attempts: 1, msg: 'a client could not be told of a logout yet' },
    ])
    server.clock.advance(9)
    await delivery.deliver()
    expect(target.received).toHaveLength(1)
    target.state.answer = status(204)
    server.clock.advance(1)
    await delivery.deliver()
    await delivery.deliver()
    expect(target.received).toHaveLength(2)
    expect(await audited()).toEqual([])
  })

  it.each([
    ['and a huge body', pour()],
    [
      'and a body that never ends',
      (response: Parameters<typeof drip>[0]) => void response.writeHead(200).write('x'),
    ],
    ['packed a thousand times', status(200, { 'Content-Encoding': Array(1000).fill('gzip').join() })],
  ])('that answers 200 %s: told, and nothing of it is read', async (_name, answer) => {
    const target = keep(await startTarget(answer))
    await signIn(target.url)
    await signOut()
    const began = performance.now()
    await createDelivery(server, { timeout: 10_000 }).deliver()
    expect(performance.now() - began).toBeLessThan(5000)
    expect(target.sent()).toBeLessThan(withoutEnd / 2)
    server.clock.advance(86_000)
    await delivery.deliver()
    expect(target.received).toHaveLength(1)
    expect(await audited()).toEqual([])
  })

  it.each([301, 302, 303, 307, 308])(
    'that redirects by %i to an internal address: not followed',
    async (code) => {
      const internal = keep(await startTarget())
      const target = keep(await startTarget(status(code, { Location: internal.url })))
      await signIn(target.url)
      await signOut()
      await delivery.deliver()
      expect(target.received).toHaveLength(1)
      expect(internal.state.connections).toBe(0)
      expect(logged(40)).toMatchObject([{ why: `it answered ${code}` }])
    },
  )

  it('that answers 400 has refused: it is not asked again, and that is written down', async () => {
    const target = keep(await startTarget(status(400)))
    const { app: registered, idToken } = await signIn(target.url)
    await signOut()
    await delivery.deliver()
    server.clock.advance(86_000)
    await delivery.deliver()
    expect(target.received).toHaveLength(1)
    const why = 'it answered 400'
    expect(await audited()).toMatchObject([
      {
        sub: alice.user.sub,
        clientId: registered.client.id,
        sessionId: idToken.sid,
        detail: { why, attempts: 1 },
      },
    ])
    expect(logged(50)).toMatchObject([{ why, msg: 'a client was not told of a logout' }])
    await codeFlow(server, browser, registered, { person: alice })
    expect((await browser.open('/account/activity')).text).toContain('could not be told')
  })

  it('that stays down is given up after six tries in two hours, each with a token of its own', async () => {
    const target = keep(await startTarget(status(503)))
    await signIn(target.url)
    await signOut()
    const began = server.clock.now
    for (let minutes = 0; minutes < 24 * 60; minutes++) {
      await delivery.deliver()
      server.clock.advance(minutes === 0 ? 10 : 60)
    }
    const tokens = target.tokens().map((token) => decodeJwt(token))
    expect(tokens).toHaveLength(6)
    expect(new Set(tokens.map(({ jti }) => jti)).size).toBe(6)
    for (const { iat = 0, exp } of tokens) expect(exp).toBe(iat + 120)
    const at = tokens.map(({ iat = 0 }) => iat - began)
    expect(at.slice(0, 3)).toEqual([0, 10, 70])
    expect(at.at(-1)).toBeLessThan(7200)
    expect(await audited()).toMatchObject([{ detail: { why: 'it answered 503', attempts: 6 } }])
  })

  it('that is down at first and then up is told, with a fresh token', async () => {
    const port = await freePort()
    await signIn(`http://127.0.0.1:${port}/logout`)
    await signOut()
    await delivery.deliver()
    expect(logged(40)).toMatchObject([{ why: 'the connection failed: ECONNREFUSED' }])
    const target = keep(await startTarget(status(200), { port }))
    server.clock.advance(10)
    await delivery.deliver()
    expect(target.tokens().map((token) => decodeJwt(token).iat)).toEqual([server.clock.now])
  })

  it('in a network that is not public gets no packet, and whoever runs the server learns why', async () => {
    await server.close()
    await setUp({ config: {} })
    const target = keep(await startTarget())
    await signIn(target.url)
    await signOut()
    await delivery.deliver()
    expect(target.state.connections).toBe(0)
    const why = '127.0.0.1 leads to 127.0.0.1, which is not a public address'
    expect(await audited()).toMatchObject([{ detail: { why, attempts: 1 } }])
  })

  it.each([
    ['one of its addresses is internal', ['127.0.0.1', '169.254.169.254']],
    ['it is internal in IPv6 clothes', ['::ffff:169.254.169.254']],
  ])('by a name is refused when %s', async (_name, addresses) => {
    await server.close()
    await setUp({ config: { fetchAllow: ['127.0.0.1'] }, lookup: async () => addresses })
    const target = keep(await startTarget())
    await signIn(target.url.replace('127.0.0.1', 'app.localhost'))
    await signOut()
    await delivery.deliver()
    expect(target.state.connections).toBe(0)
    expect(await audited()).toMatchObject([
      { detail: { why: expect.stringContaining('app.localhost leads to') } },
    ])
  })

  it('that changes its address after the check is reached at the address that was checked', async () => {
    const port = await freePort()
    const [checked, internal] = [
      keep(await startTarget(status(200), { port })),
      keep(await startTarget(status(200), { port, host: '127.0.0.2' })),
    ]
    const asked: string[] = []
    const lookup = async (host: string) => (asked.push(host) === 1 ? ['127.0.0.1'] : ['127.0.0.2'])
    await server.close()
    await setUp({ config: { fetchAllow: ['127.0.0.1'] }, lookup })
    await signIn(`http://rebind.localhost:${port}/logout`)
    await signOut()
    await delivery.deliver()
    expect(asked).toEqual(['rebind.localhost'])
    expect(checked.received).toHaveLength(1)
    expect(internal.state.connections).toBe(0)
  })

  it('that is slow for many sign-outs holds up no other app, and is not stormed', async () => {
    const held: (() => void)[] = []
    const slow = keep(await startTarget((response) => void held.push(() => response.end())))
    const quick = keep(await startTarget())
    const slowApp = await app(slow.url)
    const quickApp = await app(quick.url)
    const people = Array.from({ length: 12 }, (_, index) => `person${index}`)
    for (const username of people) {
      const person = await server.addUser({ username })
      const tab = createBrowser(server)
      for (const one of [slowApp, quickApp]) await codeFlow(server, tab, one, { person })
      await server.deps.store.sessions.endByUser(person.user.sub, server.clock.now)
    }
    const patient = createDelivery(server, { timeout: 5000 })
    await patient.round()
    await expect.poll(() => quick.received.length).toBe(12)
    expect(slow.received).toHaveLength(4)
    const release = setInterval(() => {
      for (const end of held.splice(0)) end()
    }, 10)
    await patient.idle()
    clearInterval(release)
    expect(slow.received).toHaveLength(12)
  })

  it.each([
    ['127.0.0.1', 1],
    ['logout=127.0.0.1', 2],
    ['keys=127.0.0.1', 0],
  ])(
    'PO02: in a private network, with %s: %i of a registered and a self-registered app are told',
    async (entry, told) => {
      await server.close()
      await setUp({ config: { fetchAllow: [entry] } })
      const target = keep(await startTarget())
      const { logoutCalls } = server.deps.store
      for (const verified of [true, false]) {
        const { client } = await server.addClient('web', { backchannel_logout_uri: target.url }, { verified })
        const expiresAt = server.clock.now + 100
        await logoutCalls.owe({ sid: client.id, sub: 'u', clientId: client.id, expiresAt })
        await logoutCalls.due(client.id, server.clock.now)
      }
      await delivery.deliver()
      expect(target.received).toHaveLength(told)
    },
  )

  it('EX03: of self-registered apps that hang hold up none that an administrator registered', async () => {
    const held: (() => void)[] = []
    const hang: Answer = (response) => void held.push(() => response.end())
    const slow = [keep(await startTarget(hang)), keep(await startTarget(hang)), keep(await startTarget(hang))]
    const quick = keep(await startTarget())
    await server.close()
    await setUp({ config: { fetchAllow: ['logout=127.0.0.1'] } })
    const { logoutCalls } = server.deps.store
    const owed = async (url: string, id: string, verified: boolean) => {
      const registered = await server.addClient('web', { backchannel_logout_uri: url }, { id, verified })
      await logoutCalls.owe({ sid: id, sub: 'u', clientId: id, expiresAt: server.clock.now + 100 })
      await logoutCalls.due(id, server.clock.now)
      return registered
    }
    for (const [at, { url }] of slow.entries())
      for (let n = 0; n < 8; n++) await owed(url, `a${n} ${at}`, false)
    const { round, idle } = createDelivery(server, { timeout: 5000 })
    await round()
    await expect.poll(() => slow.reduce((sum, { received }) => sum + received.length, 0)).toBe(20)
    await owed(quick.url, 'z', true)
    await round()
    await expect.poll(() => quick.received.length).toBe(1)
    const release = setInterval(() => {
      for (const end of held.splice(0)) end()
    }, 5)
    await idle()
    clearInterval(release)
  })

  it('with a long queue lets every other app have its turn', async () => {
    const held: (() => void)[] = []
    const slow = keep(await startTarget((response) => void held.push(() => response.end())))
    let before = 0
    const quick = keep(
      await startTarget((response) => {
        before = slow.received.length
        response.end()
      }),
    )
    const { logoutCalls } = server.deps.store
    const owed = async (url: string, id: string, calls: number) => {
      await server.addClient('web', { backchannel_logout_uri: url }, { id })
      for (let index = 0; index < calls; index++) {
        const sid = `${id} ${index}`
        await logoutCalls.owe({ sid, sub: 'u', clientId: id, expiresAt: server.clock.now + 100 })
        await logoutCalls.due(sid, server.clock.now)
      }
    }
    for (const id of ['a', 'b', 'c', 'd', 'e']) await owed(slow.url, id, 20)
    const { round, idle } = createDelivery(server, { timeout: 5000 })
    await round()
    await expect.poll(() => slow.received.length).toBe(20)
    await owed(quick.url, 'z', 1)
    // One after the other, so that there is one place free at a time.
    const release = setInterval(() => held.shift()?.(), 5)
    await idle()
    clearInterval(release)
    expect([slow.received.length, quick.received.length]).toEqual([100, 1])
    expect(before).toBeLessThan(50)
  })

  it('whose client is disabled meanwhile is not told, and whose client is gone is forgotten', async () => {
    const target = keep(await startTarget())
    const first = await signIn(target.url)
    const second = await signIn(target.url)
    await signOut()
    const { clients, logoutCalls } = server.deps.store
    await clients.setDisabled(first.app.client.id, true, server.clock.now)
    await clients.remove(second.app.client.id, server.clock.now)
    await delivery.deliver()
    expect(target.state.connections).toBe(0)
    expect(await audited()).toMatchObject([{ detail: { why: 'the client is disabled' } }])
    expect(await logoutCalls.waiting(server.clock.now + 86_400)).toEqual([])
  })

  it('is told late by a server that was away, and not after a day', async () => {
    const target = keep(await startTarget())
    await signIn(target.url)
    await signOut()
    server.clock.advance(86_399)
    await delivery.deliver()
    expect(target.received).toHaveLength(1)
    await signIn(target.url)
    await signOut()
    server.clock.advance(86_400)
    await delivery.deliver()
    expect(target.received).toHaveLength(1)
    expect(await audited()).toMatchObject([{ detail: { why: 'a day has gone by' } }])
  })

  it('of a client whose own node died in the middle is told by the next one', async () => {
    const target = keep(await startTarget())
    const { app: registered } = await signIn(target.url)
    await signOut()
    const { now } = server.clock
    const claimed = await server.deps.store.logoutCalls.claim(registered.client.id, now, now + 30)
    expect(claimed).toMatchObject({ attempts: 1 })
    server.clock.advance(29)
    await delivery.deliver()
    expect(target.received).toHaveLength(0)
    server.clock.advance(1)
    await delivery.deliver()
    expect(target.received).toHaveLength(1)
  })

  it('is told nothing more once the server stops', async () => {
    const held: (() => void)[] = []
    const target = keep(await startTarget((response) => void held.push(() => response.end())))
    for (let round = 0; round < 6; round++) {
      await signIn(target.url, { client_name: `App ${round}` })
    }
    await signOut()
    const calls = createDelivery(server, { timeout: 5000 })
    await calls.round()
    await expect.poll(() => held.length).toBe(6)
    const stopped = calls.stop()
    for (const end of held.splice(0)) end()
    await stopped
    expect(await server.deps.store.logoutCalls.waiting(server.clock.now + 86_400)).toEqual([])
    await calls.round()
    expect(target.received).toHaveLength(6)
  })
})

function drip(response: Parameters<ReturnType<typeof status>>[0]) {
  const { socket } = response
  socket?.write('HTTP/1.1 200 OK\r\n')
  const timer = setInterval(() => socket?.write('x'), 50)
  socket?.on('close', () => clearInterval(timer)).on('error', () => {})
}

function longHead(response: Parameters<ReturnType<typeof status>>[0]) {
  response.socket?.on('error', () => {}).write(`HTTP/1.1 200 OK\r\n${'X-Filler: x\r\n'.repeat(10_000)}`)
}
