// Attacks on DPoP at the token endpoint and at UserInfo (RFC 9449), each named by its id.
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dpopNonce, dpopNonceEnd } from '../../src/crypto/dpop-nonce.js'
import { createBrowser } from '../support/browser.js'
import { selfSigned } from '../support/certificate.js'
import { atOnce, outcome, tally, userinfoStatus } from '../support/connected.js'
import {
  codeParams,
  createProver,
  hashOf,
  type Members,
  type Prover,
  refreshParams,
} from '../support/dpop.js'
import {
  authenticatedPost,
  claimsOf,
  exchange,
  getCode,
  refresh,
  tokenRequest,
  tokensOf,
} from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { startListening } from '../support/socket.js'
import { type Opened, raceKinds, temporaryFolder } from '../support/stores.js'

const api = 'https://api.test'
const machine = { grant_type: 'client_credentials' }
let server: TestServer
let service: Registered
let prover: Prover
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read'])
  service = await server.addClient('service')
  prover = createProver(server)
  await prover.learnNonce(service)
})
afterAll(() => server.close())

let people = 0
/** A new person's code for a new app. */
async function begin(kind: 'web' | 'spa', params = {}, at = server, metadata = {}) {
  const app = await at.addClient(kind, metadata)
  const person = await at.addUser({ username: `dpop${people++}` })
  return { app, got: await getCode(at, createBrowser(at), app, { person, params }) }
}

/** Tokens for a new person at a new app, bound to the prover's key. */
async function connected(kind: 'web' | 'spa', metadata = {}) {
  const { app, got } = await begin(kind, { scope: 'openid offline_access' }, server, metadata)
  return { app, tokens: await tokensOf(await prover.token(app, codeParams(got))) }
}

describe('DP01 a proof that breaks a rule of RFC 9449 4.3', () => {
  type Bend = (path: string, method: string, ath: Members) => Promise<string>
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const bent =
    (claims: Members, header: Members = {}, key = prover.privateKey): Bend =>
    (path, method, ath) =>
      prover.proof(path, { ...ath, ...claims }, { method, header, key })
  const bends = (): Record<string, Bend> => {
    const now = server.clock.now
    const forged =
      (header: Members): Bend =>
      async (path, method, ath) => {
        const [, payload] = (await prover.proof(path, ath, { method })).split('.')
        return `${part({ typ: 'dpop+jwt', jwk: prover.jwk, ...header })}.${payload}.AAAA`
      }
    return {
      'two proofs in one header': async (path, method, ath) =>
        `${await prover.proof(path, ath, { method })}, ${await prover.proof(path, ath, { method })}`,
      'an empty header': async () => '',
      'no JWT': async () => 'x',
      'an endless one': async () => 'x'.repeat(9000),
      'no typ': bent({}, { typ: undefined }),
      'typ JWT': bent({}, { typ: 'JWT' }),
      'no alg': forged({}),
      'alg none': forged({ alg: 'none' }),
      'alg HS256': forged({ alg: 'HS256' }),
      'alg es256': forged({ alg: 'es256' }),
      'another alg than the key is for': forged({ alg: 'RS256' }),
      'no jwk': bent({}, { jwk: undefined }),
      'jwk no object': bent({}, { jwk: 'x' }),
      'a symmetric jwk': bent({}, { jwk: { kty: 'oct', k: 'AAAA' } }),
      'a private jwk': bent({}, { jwk: { ...prover.privateKey.export({ format: 'jwk' }) } }),
      'a jwk that did not sign': bent({}, { jwk: { ...other.publicKey.export({ format: 'jwk' }) } }),
      'a signature by another key': bent({}, {}, other.privateKey),
      'an extension that must be understood': bent({}, { crit: ['b64'], b64: true }),
      'no jti': bent({ jti: undefined }),
      'jti no text': bent({ jti: 7 }),
      'an endless jti': bent({ jti: 'x'.repeat(201) }),
      'no htm': bent({ htm: undefined }),
      'htm of another method': bent({ htm: 'PUT' }),
      'htm in small letters': async (path, method, ath) =>
        prover.proof(path, { ...ath, htm: method.toLowerCase() }, { method }),
      'no htu': bent({ htu: undefined }),
      'htu of another endpoint': bent({ htu: 'https://as.test/revoke' }),
      'htu of the issuer': bent({ htu: 'https://as.test' }),
      'htu of another host': async (path, method, ath) =>
        prover.proof(path, { ...ath, htu: `https://evil.test${path}` }, { method }),
      'htu without TLS': async (path, method, ath) =>
        prover.proof(path, { ...ath, htu: `http://as.test${path}` }, { method }),
      'htu no URL': async (path, method, ath) => prover.proof(path, { ...ath, htu: path }, { method }),
      'no iat': bent({ iat: undefined }),
      'iat as text': bent({ iat: String(now) }),
      'iat before all time': bent({ iat: -1 }),
      'exp before iat': bent({ exp: now - 61 }),
      'nbf after iat': bent({ nbf: now + 61 }),
    }
  }

  it('is a 400 at the token endpoint, and nothing is spent', async () => {
    const { app, got } = await begin('spa')
    for (const [name, bend] of Object.entries(bends())) {
      const answer = await prover.post(app, codeParams(got), await bend('/token', 'POST', {}))
      expect(await outcome(answer), name).toBe('400 invalid_dpop_proof')
    }
    expect((await prover.token(app, codeParams(got))).status).toBe(200)
  })

  it('is a 401 with a challenge at UserInfo', async () => {
    const { tokens } = await connected('spa')
    const { access_token } = tokens
    const more: Record<string, Bend> = {
      'no ath': bent({ ath: undefined }),
      'ath of another token': bent({ ath: hashOf('x') }),
    }
    for (const [name, bend] of Object.entries({ ...bends(), ...more })) {
      const DPoP = await bend('/userinfo', 'GET', { ath: hashOf(access_token) })
      const answer = await server.fetch('/userinfo', {
        headers: { Authorization: `DPoP ${access_token}`, DPoP },
      })
      expect(answer.headers.get('www-authenticate'), name).toMatch(
        /^DPoP error="invalid_dpop_proof", error_description="[ !#-;=?-[\]-~]+", algs="ES256 RS256 PS256 Ed25519 EdDSA"$/,
      )
      expect(await outcome(answer), name).toBe('401 invalid_dpop_proof')
    }
    expect((await prover.userinfo(access_token)).status).toBe(200)
  })

  it('by an RSA key that is short, long or of an odd exponent, is refused before it costs much', async () => {
    const rsa = { ...createPublicKey(knownKey('RS256')).export({ format: 'jwk' }) }
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
    for (const [jwk, key] of [
      [{ ...rsa, n: `${rsa.n}${rsa.n}`.slice(0, 684) }, knownKey('RS256')],
      [{ ...rsa, e: 'Aw' }, knownKey('RS256')],
      [{ ...short.publicKey.export({ format: 'jwk' }) }, short.privateKey],
    ] as const) {
      const [, payload] = (await prover.proof('/token')).split('.')
      const header = part({ typ: 'dpop+jwt', alg: 'RS256', jwk })
      const signature = sign('sha256', Buffer.from(`${header}.${payload}`), key).toString('base64url')
      const answer = await prover.post(service, machine, `${header}.${payload}.${signature}`)
      expect(await outcome(answer)).toBe('400 invalid_dpop_proof')
    }
  })
})

describe('DP02 a proof that was used', () => {
  it('is refused, for as long as its nonce is accepted', async () => {
    server.clock.advance(150 - (server.clock.now % 150))
    await prover.learnNonce(service)
    for (const iat of [server.clock.now, server.clock.now - 3600, server.clock.now + 3600]) {
      const dpop = await prover.proof('/token', { iat })
      expect((await prover.post(service, machine, dpop)).status).toBe(200)
      expect(await outcome(await prover.post(service, machine, dpop))).toBe('400 invalid_dpop_proof')
    }
    const dpop = await prover.proof('/token')
    expect((await prover.post(service, machine, dpop)).status).toBe(200)
    for (const wait of [0, 150, 149]) {
      server.clock.advance(wait)
      await server.deps.store.sweep(server.clock.now, 1000)
      expect(await outcome(await prover.post(service, machine, dpop))).toBe('400 invalid_dpop_proof')
    }
    server.clock.advance(1)
    expect(await outcome(await prover.post(service, machine, dpop))).toBe('400 use_dpop_nonce')
  })

  it('is refused for as long as a nonce of a node whose clock is ahead is accepted', async () => {
    server.clock.advance(300 - (server.clock.now % 150))
    const nonce = dpopNonce(server.deps.secrets.dpopNonce, server.clock.now + 150)
    const dpop = await prover.proof('/token', { nonce })
    expect((await prover.post(service, machine, dpop)).status).toBe(200)
    server.clock.advance(449)
    await server.deps.store.sweep(server.clock.now, 1000)
    expect(await outcome(await prover.post(service, machine, dpop))).toBe('400 invalid_dpop_proof')
    server.clock.advance(1)
    expect(await outcome(await prover.post(service, machine, dpop))).toBe('400 use_dpop_nonce')
  })

  it('without a nonce is refused for as long as its iat is accepted', async () => {
    const lenient = await createTestServer({ config: { dpopNonce: 'optional' } })
    const app = await lenient.addClient('service')
    const own = createProver(lenient)
    const dpop = await own.proof('/token', { iat: lenient.clock.now + 60 })
    expect((await own.post(app, machine, dpop)).status).toBe(200)
    for (const wait of [0, 60, 59, 1]) {
      lenient.clock.advance(wait)
      await lenient.deps.store.sweep(lenient.clock.now, 1000)
      expect(await outcome(await own.post(app, machine, dpop))).toBe('400 invalid_dpop_proof')
    }
    await lenient.close()
  })

  it('is refused at UserInfo, too', async () => {
    const { access_token } = (await connected('spa')).tokens
    const DPoP = await prover.proof('/userinfo', { ath: hashOf(access_token) }, { method: 'GET' })
    const ask = () => server.fetch('/userinfo', { headers: { Authorization: `DPoP ${access_token}`, DPoP } })
    expect((await ask()).status).toBe(200)
    expect(await outcome(await ask())).toBe('401 invalid_dpop_proof')
  })

  it('is refused after a restart', async () => {
    const { folder, remove } = temporaryFolder()
    const databaseUrl = `file:${folder}/grantor.db`
    const before = await createTestServer({ databaseUrl })
    const app = await before.addClient('service')
    const own = createProver(before)
    await own.learnNonce(app)
    const dpop = await own.proof('/token')
    expect((await own.post(app, machine, dpop)).status).toBe(200)
    await before.close()
    const after = await createTestServer({ databaseUrl, startAt: before.clock.now })
    expect(await outcome(await own.post(app, machine, dpop, after))).toBe('400 invalid_dpop_proof')
    expect((await own.post(app, machine, await own.proof('/token'), after)).status).toBe(200)
    await after.close()
    remove()
  })

  it.each(raceKinds)('brought fifty times at once is taken once: $name', async ({ open }) => {
    const opened: Opened = await open()
    const at = await createTestServer({ store: opened.store })
    const app = await at.addClient('service')
    const own = createProver(at)
    await own.learnNonce(app)
    const dpop = await own.proof('/token')
    const answers = await atOnce(async () => outcome(await own.post(app, machine, dpop)))
    expect(tally(answers)).toEqual({ 200: 1, '400 invalid_dpop_proof': 49 })
    await at.close()
    await opened.dispose()
  })

  it('means one of the same key: two clients may choose the same jti', async () => {
    const jti = 'the same'
    const another = createProver(server)
    for (const one of [prover, another]) {
      await one.learnNonce(service)
      expect((await one.post(service, machine, await one.proof('/token', { jti }))).status).toBe(200)
    }
  })
})

describe('DP03 a nonce', () => {
  it('that is missing, stale or made up is asked for, and spends nothing', async () => {
    const own = createProver(server)
    const { access_token } = (await connected('spa')).tokens
    for (const nonce of [undefined, '', 'x', 'A'.repeat(43), 7]) {
      const answer = await own.post(service, machine, await own.proof('/token', { nonce }))
      expect(answer.headers.get('dpop-nonce')).toMatch(/^[\w-]{43}$/)
      expect(await outcome(answer)).toBe('400 use_dpop_nonce')
      const ath = hashOf(access_token)
      const DPoP = await prover.proof('/userinfo', { ath, nonce }, { method: 'GET' })
      const refused = await server.fetch('/userinfo', {
        headers: { Authorization: `DPoP ${access_token}`, DPoP },
      })
      expect(refused.headers.get('dpop-nonce')).toMatch(/^[\w-]{43}$/)
      expect(refused.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce"/)
      expect(await outcome(refused)).toBe('401 use_dpop_nonce')
    }
    const jti = 'not spent'
    expect((await own.post(service, machine, await own.proof('/token', { jti, nonce: 'x' }))).status).toBe(
      400,
    )
    await own.learnNonce(service)
    expect((await own.post(service, machine, await own.proof('/token', { jti }))).status).toBe(200)
  })

  it('is good for a while after the next one, which comes with an answer, and then no more', async () => {
    const own = createProver(server)
    server.clock.advance(150 - (server.clock.now % 150))
    const nonce = await own.learnNonce(service)
    const ask = async () => own.post(service, machine, await own.proof('/token', { nonce }))
    expect((await ask()).headers.get('dpop-nonce')).toBeNull()
    server.clock.advance(150)
    const overlapping = await ask()
    const next = overlapping.headers.get('dpop-nonce')
    expect(overlapping.status).toBe(200)
    expect(next).toMatch(/^[\w-]{43}$/)
    expect(next).not.toBe(nonce)
    server.clock.advance(149)
    const last = await ask()
    expect([last.status, last.headers.get('dpop-nonce')]).toEqual([200, next])
    server.clock.advance(1)
    const late = await ask()
    expect(late.headers.get('dpop-nonce')).not.toBe(next)
    expect(await outcome(late)).toBe('400 use_dpop_nonce')
  })

  it('of a server with another master key is none', async () => {
    const nonce = await prover.learnNonce(service)
    const { deriveSecrets } = await import('../../src/crypto/secrets.js')
    const foreign = deriveSecrets(Buffer.alloc(32, 8)).dpopNonce
    const { now } = server.clock
    expect(dpopNonceEnd(server.deps.secrets.dpopNonce, nonce, now)).toBeGreaterThan(now)
    expect(dpopNonceEnd(foreign, nonce, now)).toBeUndefined()
  })

  it('need not be there where it is optional, and must be right where it is', async () => {
    const lenient = await createTestServer({ config: { dpopNonce: 'optional' } })
    const app = await lenient.addClient('service')
    const own = createProver(lenient)
    const free = await own.post(app, machine, await own.proof('/token'))
    expect([free.status, free.headers.get('dpop-nonce')]).toEqual([200, null])
    for (const nonce of ['x', '', 7, null]) {
      const answer = await own.post(app, machine, await own.proof('/token', { nonce }))
      expect(await outcome(answer), String(nonce)).toBe('400 use_dpop_nonce')
    }
    await own.learnNonce(app)
    expect((await own.post(app, machine, await own.proof('/token'))).status).toBe(200)
    await lenient.close()
  })
})

describe('CF06: with a nonce of the server, the clock of the client need not be right (RFC 9449 4.3, step 11)', () => {
  it.each([-3600, -61, 61, 3600])('by %i s, at the token endpoint and at UserInfo', async (offset) => {
    const { app, got } = await begin('spa', { scope: 'openid' })
    const own = createProver(server)
    const iat = server.clock.now + offset
    await own.learnNonce(service)
    const answer = await own.post(app, codeParams(got), await own.proof('/token', { iat }))
    const { access_token } = await tokensOf(answer)
    expect((await own.userinfo(access_token, { iat, nbf: iat, exp: iat + 60 })).status).toBe(200)
  })

  it('and a client without one is asked for it first, whatever its clock says', async () => {
    const own = createProver(server)
    const answer = await own.post(service, machine, await own.proof('/token', { iat: 0 }))
    expect(await outcome(answer)).toBe('400 use_dpop_nonce')
    expect(answer.headers.get('dpop-nonce')).toMatch(/^[\w-]{43}$/)
  })

  it('but exp and nbf are still compared, with the clock of the client', async () => {
    await prover.learnNonce(service)
    const iat = server.clock.now - 3600
    for (const claims of [{ exp: iat - 60 }, { nbf: iat + 61 }, { exp: 'x' }, { nbf: null }]) {
      const answer = await prover.post(service, machine, await prover.proof('/token', { iat, ...claims }))
      expect(await outcome(answer), JSON.stringify(claims)).toBe('400 invalid_dpop_proof')
    }
  })

  it('and without a nonce, where it is optional, iat is compared with our clock (DP01)', async () => {
    const lenient = await createTestServer({ config: { dpopNonce: 'optional' } })
    const app = await lenient.addClient('service')
    const own = createProver(lenient)
    const { now } = lenient.clock
    for (const iat of [now - 3600, now - 60, now + 61, now + 3600])
      expect(await outcome(await own.post(app, machine, await own.proof('/token', { iat })))).toBe(
        '400 invalid_dpop_proof',
      )
    await own.learnNonce(app)
    for (const iat of [now - 3600, now + 3600])
      expect((await own.post(app, machine, await own.proof('/token', { iat }))).status).toBe(200)
    await lenient.close()
  })
})

describe('DP04 the address of a proof', () => {
  it('is compared as addresses are, without query and fragment', async () => {
    await prover.learnNonce(service)
    for (const htu of [
      'https://as.test/token?a=b#c',
      'HTTPS://AS.test/token',
      'https://as.test:443/token',
      'https://as.test/x/../%74oken',
    ])
      expect((await prover.post(service, machine, await prover.proof('/token', { htu }))).status, htu).toBe(
        200,
      )
    for (const htu of ['https://as.test/Token', 'https://as.test/token/', 'https://as.test:8443/token'])
      expect(await outcome(await prover.post(service, machine, await prover.proof('/token', { htu })))).toBe(
        '400 invalid_dpop_proof',
      )
  })

  it('PC14: is an absolute URL, and no text that URL would read into it', async () => {
    await prover.learnNonce(service)
    for (const htu of [
      '//as.test/token',
      'https:as.test/token',
      'https:///as.test/token',
      'https:\\\\as.test\\token',
      'https://me@as.test/token',
      'https://as.test/tok\nen',
      'https://as.test/token ',
      'https://as.test//evil/token',
    ])
      expect(await outcome(await prover.post(service, machine, await prover.proof('/token', { htu })))).toBe(
        '400 invalid_dpop_proof',
      )
  })

  it('PC14: is not left by a target that begins with two slashes or names another host', async () => {
    const listening = await startListening(server)
    const basic = Buffer.from(`${service.client.id}:${service.secret}`).toString('base64')
    const say = async (target: string, htu: string) => {
      const body = String(new URLSearchParams(machine))
      const { text } = await listening.say(
        [
          `POST ${target} HTTP/1.1`,
          'Host: evil.test',
          `Authorization: Basic ${basic}`,
          `DPoP: ${await prover.proof('/token', { htu })}`,
          'Content-Type: application/x-www-form-urlencoded',
          `Content-Length: ${body.length}`,
          'Connection: close',
          '',
          body,
        ].join('\r\n'),
      )
      return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
    }
    await prover.learnNonce(service)
    const token = 'https://as.test/token'
    expect(await say('/token', token)).toBe(200)
    expect(await say('//evil.test/token', token)).toBe(404)
    expect(await say('//evil.test/token', 'https://evil.test/token')).toBe(404)
    expect(await say('/token', 'https://evil.test/token')).toBe(400)
    expect(await say('https://evil.test/token', 'https://evil.test/token')).toBe(400)
    await listening.close()
  })

  it('is that of the configured issuer, whatever Host and proxy headers say', async () => {
    const behind = await createTestServer({ issuer: 'https://as.test/auth' })
    const app = await behind.addClient('service')
    const own = createProver(behind)
    await own.learnNonce(app)
    const ask = async (htu: string) => {
      const basic = Buffer.from(`${app.client.id}:${app.secret}`).toString('base64')
      const request = new Request('http://10.0.0.1:9000/auth/token', {
        method: 'POST',
        headers: {
          Authorization: `Basic ${basic}`,
          DPoP: await own.proof('/token', { htu }),
          Host: 'evil.test',
          'X-Forwarded-Host': 'evil.test',
          Forwarded: 'host=evil.test;proto=https',
        },
        body: new URLSearchParams(machine),
      })
      return (await behind.app.fetch(request)).status
    }
    expect(await ask('https://as.test/auth/token')).toBe(200)
    for (const htu of [
      'https://evil.test/auth/token',
      'http://10.0.0.1:9000/auth/token',
      'https://as.test/token',
    ])
      expect(await ask(htu), htu).toBe(400)
    await behind.close()
  })
})

describe('DP05 a code bound to a key by dpop_jkt', () => {
  it.each(['web', 'spa'] as const)(
    'is redeemed with that key alone, and refusing spends it not: %s',
    async (kind) => {
      const { app, got } = await begin(kind, { dpop_jkt: prover.jkt })
      const thief = createProver(server)
      expect(await outcome(await thief.token(app, codeParams(got)))).toBe('400 invalid_grant')
      expect(await outcome(await exchange(server, app, got))).toBe('400 invalid_dpop_proof')
      expect((await prover.token(app, codeParams(got))).status).toBe(200)
    },
  )

  it('used twice ends the connection, whoever comes second', async () => {
    const { app, got } = await begin('spa', { scope: 'openid offline_access', dpop_jkt: prover.jkt })
    const tokens = await tokensOf(await prover.token(app, codeParams(got)))
    expect(await outcome(await createProver(server).token(app, codeParams(got)))).toBe('400 invalid_grant')
    expect(await outcome(await prover.token(app, refreshParams(tokens)))).toBe('400 invalid_grant')
  })

  it('without dpop_jkt belongs to whose key comes first; the second ends it for both', async () => {
    const { app, got } = await begin('spa', { scope: 'openid offline_access' })
    const thief = createProver(server)
    const stolen = await tokensOf(await thief.token(app, codeParams(got)))
    expect(await outcome(await prover.token(app, codeParams(got)))).toBe('400 invalid_grant')
    expect(await outcome(await thief.token(app, refreshParams(stolen)))).toBe('400 invalid_grant')
    expect(await outcome(await thief.userinfo(stolen.access_token))).toBe('401 invalid_token')
  })

  it('cannot be bound to what is no thumbprint', async () => {
    const app = await server.addClient('spa')
    const person = await server.addUser({ username: 'unbound' })
    for (const dpop_jkt of ['x', `${prover.jkt}=`, prover.jkt.slice(1), '+'.repeat(43), ['a', 'b']]) {
      const browser = createBrowser(server)
      await expect(getCode(server, browser, app, { person, params: { dpop_jkt } })).rejects.toThrow(
        'error=invalid_request',
      )
    }
  })
})

describe('DP06 a client that is registered with dpop_bound_access_tokens', () => {
  it('gets nothing without a proof', async () => {
    const bound = { dpop_bound_access_tokens: true }
    const own = await server.addClient('service', bound)
    expect(await outcome(await tokenRequest(server, own, machine))).toBe('400 invalid_dpop_proof')
    expect((await prover.token(own, machine)).status).toBe(200)
    for (const kind of ['web', 'spa'] as const) {
      const { app, got } = await begin(kind, { scope: 'openid offline_access' }, server, bound)
      expect(await outcome(await exchange(server, app, got))).toBe('400 invalid_dpop_proof')
      const tokens = await tokensOf(await prover.token(app, codeParams(got)))
      expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe(
        '400 invalid_dpop_proof',
      )
      expect((await prover.token(app, refreshParams(tokens))).status).toBe(200)
    }
  })
})

it.each(['Client-Cert', 'X-Client-Cert', 'X-SSL-Client-Cert', 'X-Forwarded-Client-Cert', 'X-ARR-ClientCert'])(
  'DP07 a certificate that somebody has written into %s proves nothing, and binds nothing',
  async (name) => {
    const headers = { [name]: encodeURIComponent(selfSigned(service.client.id).cert) }
    const without = { ...service, secret: 'a wrong secret' }
    const refused = await authenticatedPost(server, '/token', without, machine, headers)
    expect(await outcome(refused)).toBe('401 invalid_client')
    const given = await tokensOf(await authenticatedPost(server, '/token', service, machine, headers))
    expect(given.token_type).toBe('Bearer')
    expect(claimsOf(given.access_token)).not.toHaveProperty('cnf')
    server.clock.advance(60)
  },
)

describe('IR09 a token bound to a key', () => {
  it('is refused as a bearer, in the header and in the form, with a proof or without', async () => {
    const { access_token } = (await connected('spa')).tokens
    const ath = hashOf(access_token)
    const DPoP = await prover.proof('/userinfo', { ath }, { method: 'GET' })
    for (const headers of [
      { Authorization: `Bearer ${access_token}` },
      { Authorization: `Bearer ${access_token}`, DPoP },
    ]) {
      const answer = await server.fetch('/userinfo', { headers })
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer error="invalid_token", .*, DPoP algs="ES256 RS256 PS256 Ed25519 EdDSA"$/,
      )
      expect(await outcome(answer)).toBe('401 invalid_token')
    }
    const body = new URLSearchParams({ access_token })
    expect((await server.fetch('/userinfo', { method: 'POST', body })).status).toBe(401)
    expect((await server.fetch(`/userinfo?access_token=${access_token}`)).status).toBe(401)
    expect((await prover.userinfo(access_token)).status).toBe(200)
  })

  it('is refused with the DPoP scheme without a proof, and with one by another key', async () => {
    const { access_token } = (await connected('spa')).tokens
    const bare = await server.fetch('/userinfo', { headers: { Authorization: `DPoP ${access_token}` } })
    expect(bare.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof"/)
    expect(await outcome(bare)).toBe('401 invalid_dpop_proof')
    expect(await outcome(await createProver(server).userinfo(access_token))).toBe('401 invalid_token')
  })

  it('of no key is refused with the DPoP scheme, and malformed ones are', async () => {
    const { app, got } = await begin('spa')
    const { access_token } = await tokensOf(await exchange(server, app, got))
    expect(await userinfoStatus(server, access_token)).toBe(200)
    const unbound = await prover.userinfo(access_token)
    expect(unbound.headers.get('www-authenticate')).toContain('bound to no key')
    expect(await outcome(unbound)).toBe('401 invalid_token')
    for (const text of ['', ' ', 'x', 'a b', '=', 'x'.repeat(10_000)]) {
      const answer = await server.fetch('/userinfo', { headers: { Authorization: `DPoP ${text}` } })
      expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_token"/)
      expect(await outcome(answer), text).toBe('401 invalid_token')
    }
  })
})

describe('RT10 a refresh token bound to a key', () => {
  it('is good with that key alone, and whoever lacks it can end nothing', async () => {
    const { app, tokens } = await connected('spa')
    const thief = createProver(server)
    expect(await outcome(await thief.token(app, refreshParams(tokens)))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe(
      '400 invalid_dpop_proof',
    )
    const next = await tokensOf(await prover.token(app, refreshParams(tokens)))
    expect((await prover.userinfo(next.access_token)).status).toBe(200)
  })

  it('that rotates although it need not keeps its key, and an old one without the key ends nothing', async () => {
    const { app, tokens } = await connected('spa', { rotate_refresh_token: true })
    const second = await tokensOf(await prover.token(app, refreshParams(tokens)))
    expect(second.refresh_token).not.toBe(tokens.refresh_token)
    const third = await tokensOf(await prover.token(app, refreshParams(second)))
    const thief = createProver(server)
    expect(await outcome(await thief.token(app, refreshParams(tokens)))).toBe('400 invalid_grant')
    const fourth = await tokensOf(await prover.token(app, refreshParams(third)))
    expect(await outcome(await prover.token(app, refreshParams(tokens)))).toBe('400 invalid_grant')
    expect(await outcome(await prover.token(app, refreshParams(fourth)))).toBe('400 invalid_grant')
  })
})
