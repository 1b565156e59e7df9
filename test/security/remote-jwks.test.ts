// Keys that clients publish at an address (docs/threats.md SS01, SS03 to SS06, JW11, JW15), over real sockets.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:net'
import { beforeEach, describe, expect, it } from 'vitest'
import { createGuardedFetch, type GuardedFetch } from '../../src/outbound/guarded-fetch.js'
import { createRemoteJwks } from '../../src/outbound/remote-jwks.js'
import { byAdministrator, type Requester } from '../../src/protocol/requester.js'
import { assertedPost, assertionOf, publicJwk, signing } from '../support/assertion.js'
import { atOnce, outcome, tally } from '../support/connected.js'
import { knownKey } from '../support/keys.js'
import { type Answer, startTarget, status, type Target } from '../support/logout-target.js'
import { closedAfterEach } from '../support/opened.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

const keep = closedAfterEach()

const json =
  (body: unknown): Answer =>
  (response) =>
    void response.writeHead(200).end(typeof body === 'string' ? body : JSON.stringify(body))

const first = publicJwk(knownKey('ES256'), { kid: 'first' })
const successor = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const second = publicJwk(successor, { kid: 'second' })

let server: TestServer
let target: Target
beforeEach(async () => {
  // An issuer on loopback may reach loopback.
  server = await createTestServer({ issuer: 'http://localhost:9000', jwksTimeout: 400 })
  keep(server)
  await server.addResource('https://api.test', ['read'], { isDefault: true })
  target = keep(await startTarget(json({ keys: [first] })))
})

const publishing = (uri: string) =>
  server.addClient('service', signing('ES256', { jwks: undefined, jwks_uri: uri }))

async function ask(app: Registered, kid: string | undefined = 'first', key = knownKey('ES256')) {
  const assertion = await assertionOf(server, app, { header: kid === undefined ? {} : { kid }, key })
  return outcome(await assertedPost(server, '/token', assertion, { grant_type: 'client_credentials' }))
}
const unavailable = '503 temporarily_unavailable'
const refused = '401 invalid_client'

describe('keys at an address', () => {
  it('are fetched once, kept, and fetched again when they are old', async () => {
    const app = await publishing(target.url)
    for (const kid of ['first', undefined, 'first']) expect(await ask(app, kid)).toBe('200')
    expect(target.received).toHaveLength(1)
    expect(target.received[0]).toMatchObject({ method: 'GET' })
    server.clock.advance(600)
    expect(await ask(app)).toBe('200')
    expect(target.received).toHaveLength(2)
  })

  it('JW15 are fetched again for a kid that is not there, once a minute at most', async () => {
    const app = await publishing(target.url)
    expect(await ask(app)).toBe('200')
    target.state.answer = json({ keys: [first, second] })
    for (let tries = 0; tries < 5; tries++)
      expect(await ask(app, 'second', successor), 'too soon').toBe(refused)
    expect(target.received).toHaveLength(1)
    server.clock.advance(60)
    expect(await ask(app, 'second', successor)).toBe('200')
    for (let tries = 0; tries < 5; tries++) expect(await ask(app, `guess ${tries}`)).toBe(refused)
    expect(target.received).toHaveLength(2)
  })

  it('are forgotten when the client has taken them back', async () => {
    const app = await publishing(target.url)
    expect(await ask(app)).toBe('200')
    target.state.answer = json({ keys: [second] })
    server.clock.advance(600)
    expect(await ask(app)).toBe(refused)
  })

  it('F17 are believed for an hour while they cannot be fetched', async () => {
    const app = await publishing(target.url)
    expect(await ask(app)).toBe('200')
    target.state.answer = status(500)
    server.clock.advance(3599)
    expect(await ask(app)).toBe('200')
    server.clock.advance(11)
    expect(await ask(app)).toBe(unavailable)
    target.state.answer = json({ keys: [first] })
    expect(await ask(app), 'the brake').toBe(unavailable)
    server.clock.advance(10)
    expect(await ask(app)).toBe('200')
  })

  it('are not fetched for what is refused anyway', async () => {
    const app = await publishing(target.url)
    for (const claims of [{ aud: 'x' }, { exp: 1 }, { jti: undefined }]) {
      const assertion = await assertionOf(server, app, { claims })
      expect(await outcome(await assertedPost(server, '/token', assertion))).toBe(refused)
    }
    await server.deps.store.clients.setDisabled(app.client.id, true, server.clock.now)
    expect(await ask(app)).toBe(refused)
    expect(target.state.connections).toBe(0)
  })
})

const far = 'https://keys.test/jwks'
const failures: [string, Answer][] = [
  ['404', status(404)],
  ['SS03 a redirect', status(302, { location: 'http://127.0.0.1:1/' })],
  ['HTML', json('<!doctype html><title>Keys</title>')],
  ['SS04 5 MB', json(JSON.stringify({ keys: [first], more: 'x'.repeat(5_000_000) }))],
  ['null', json('null')],
  ['an array', json([first])],
  ['no keys', json({ keys: [] })],
  ['JW11 a private key', json({ keys: [knownKey('ES256').export({ format: 'jwk' })] })],
  ['JW11 a secret', json({ keys: [first, { kty: 'oct', k: 'c2VjcmV0' }] })],
  ['JW11 one kid twice', json({ keys: [first, { ...second, kid: 'first' }] })],
  ['JW11 1,000 keys', json({ keys: Array.from({ length: 1000 }, () => second) })],
  ['JW11 null among keys', json({ keys: [first, null] })],
  ['JW10 a point off the curve', json({ keys: [{ ...first, y: first.x }] })],
  ['SS04 a drip', (response) => void response.writeHead(200).write('{')],
  ['silence', () => {}],
]

describe('SS05 what cannot be had is answered alike, and in the same time', () => {
  it.each(failures)('%s', async (_name, answer) => {
    target.state.answer = answer
    await alike(target.url)
  })

  it('a closed port', async () => {
    await target.close()
    await alike(target.url)
  })

  it('a port that takes connections and no TLS', async () => {
    const mute = createServer(() => {})
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as { port: number }
    await alike(`https://localhost:${port}/jwks`)
    mute.close()
  })

  it('SS01 an address in a private network, and a name that leads to one', async () => {
    await alike('https://10.0.0.1/jwks')
    const lookup = async () => ['169.254.169.254']
    server = keep(await createTestServer({ lookup, jwksTimeout: 400 }))
    await alike(far)
  })

  /** Every failure takes what the slowest takes: one that came sooner would tell what it was. */
  async function alike(uri: string): Promise<void> {
    const app = await publishing(uri)
    const began = performance.now()
    expect(await ask(app)).toBe(unavailable)
    expect(performance.now() - began).toBeGreaterThan(390)
    const { log } = server
    expect(log.join()).toContain('a key set cannot be had')
    expect(await ask(app), 'and not at once again').toBe(unavailable)
  }
})

it('passes over keys of other types', async () => {
  const others = [
    { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA' },
    { ...first, crv: 'secp256k1', kid: 'x' },
    first,
  ]
  target.state.answer = json({ keys: others })
  expect(await ask(await publishing(target.url))).toBe('200')
})

describe('SS06 a storm of fetches', () => {
  it('for one address is one fetch', async () => {
    const app = await publishing(target.url)
    expect(tally(await atOnce(() => ask(app)))).toEqual({ 200: 50 })
    expect(target.received).toHaveLength(1)
  })

  it('for one address that fails is one fetch', async () => {
    target.state.answer = status(500)
    const app = await publishing(target.url)
    expect(tally(await atOnce(() => ask(app)))).toEqual({ [unavailable]: 50 })
    expect(target.received).toHaveLength(1)
  })

  it('for many addresses of one origin is four at a time, and a few origins do not close the way for all', async () => {
    target.state.answer = () => {}
    const apps = await Promise.all(Array.from({ length: 30 }, (_, n) => publishing(`${target.url}/${n}`)))
    const other = keep(await startTarget(json({ keys: [first] })))
    const asked = apps.map((app) => ask(app))
    const app = await publishing(other.url)
    expect(await ask(app)).toBe('200')
    expect(tally(await Promise.all(asked))).toEqual({ [unavailable]: 30 })
    expect(target.received).toHaveLength(4)
  })

  it('for many origins is 100 at a time, and what is kept is bounded', async () => {
    const waiting: (() => void)[] = []
    let asked = 0
    const fetch: GuardedFetch = async () => {
      asked += 1
      await new Promise<void>((resolve) => waiting.push(resolve))
      return { status: 200, headers: {}, bytes: Buffer.from(JSON.stringify({ keys: [first] })) }
    }
    const find = createRemoteJwks({ fetch, now: () => 0, log: server.deps.log, timeout: 1 })
    const found = Array.from({ length: 120 }, (_, n) => find(`https://h${n}.test/`, 'first', byAdministrator))
    expect(asked).toBe(100)
    for (const go of waiting.splice(0)) go()
    expect((await Promise.all(found)).filter(Boolean)).toHaveLength(100)
    for (let n = 0; n < 1001; n++) {
      const one = find(`https://n${n}.test/`, 'first', byAdministrator)
      waiting.pop()?.()
      await one
    }
    const before = asked
    await find('https://n1000.test/', 'first', byAdministrator)
    expect(asked).toBe(before)
    const forgotten = find('https://n0.test/', 'first', byAdministrator)
    expect(asked).toBe(before + 1)
    waiting.pop()?.()
    await forgotten
  })
})

it('EX03, EX04: strangers neither fill the cache of registered clients nor use up their requests', async () => {
  const stranger: Requester = { chosenBy: 'self-registered', countedBy: '192.0.2.1' }
  const waiting: (() => void)[] = []
  const keys = { status: 200, headers: {}, bytes: Buffer.from(JSON.stringify({ keys: [first] })) }
  let asked = 0
  const fetch: GuardedFetch = async (url) => {
    asked += 1
    if (url.includes('hanging')) await new Promise<void>((resolve) => waiting.push(resolve))
    return keys
  }
  const find = createRemoteJwks({ fetch, now: () => 0, log: server.deps.log, timeout: 1 })
  expect(await find('https://known.test/', 'first', byAdministrator)).toBeDefined()
  for (let n = 0; n < 1001; n++) await find(`https://s${n}.test/`, 'first', stranger)
  const hanging = Array.from({ length: 120 }, (_, n) =>
    find(`https://h${n}.hanging.test/`, 'first', stranger),
  )
  expect(waiting).toHaveLength(100)
  const before = asked
  expect(await find('https://known.test/', 'first', byAdministrator)).toBeDefined()
  expect(asked, 'it was still there').toBe(before)
  expect(await find('https://new.test/', 'first', byAdministrator)).toBeDefined()
  for (const go of waiting) go()
  await Promise.all(hanging)
})

describe('PO02: keys in a private network', () => {
  const keysOf = (verified: boolean) =>
    server.addClient('service', signing('ES256', { jwks: undefined, jwks_uri: target.url }), { verified })

  it.each([
    ['127.0.0.1', ['200', unavailable]],
    ['keys=127.0.0.1', ['200', '200']],
    ['logout=127.0.0.1', [unavailable, unavailable]],
  ])('PO02: with %s, of a registered and of a self-registered client: %j', async (entry, expected) => {
    server = keep(await createTestServer({ jwksTimeout: 50, config: { fetchAllow: [entry] } }))
    await server.addResource('https://api.test', ['read'], { isDefault: true })
    expect([await ask(await keysOf(true)), await ask(await keysOf(false))]).toEqual(expected)
  })
})

it('uses the guard, which a production issuer has for loopback too', async () => {
  const guarded = createRemoteJwks({
    fetch: createGuardedFetch({ allow: [], loopback: false, lookup: async () => [], now: () => 0 }),
    now: () => 0,
    log: server.deps.log,
    timeout: 50,
  })
  expect(await guarded(target.url, undefined, byAdministrator)).toBeUndefined()
  expect(target.state.connections).toBe(0)
})
