// Proves our access tokens by JWT libraries of other people that know nothing but the published keys.
import { createPublicKey } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SigningAlg, signingAlgs } from '../../src/protocol/client.js'
import { tokenRequest, tokensOf } from '../support/flow.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Registered } from '../support/server.js'

/** The shortest period in which a key can still be published for as long as verifiers keep a set. */
const keyRotation = 3600
const startAt = 1_800_000_000

let server: ListeningServer
let service: Registered
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: startAt * 1000 })
  server = await startServer({ startAt, config: { keyRotation } })
  service = await server.addClient('service')
  for (const signingAlg of signingAlgs) await server.addResource(apiOf(signingAlg), [], { signingAlg })
})
afterEach(async () => {
  await server.close()
  vi.useRealTimers()
})

const apiOf = (alg: SigningAlg) => `https://${alg.toLowerCase()}.test`

async function mint(alg: SigningAlg): Promise<string> {
  const asked = { grant_type: 'client_credentials', resource: apiOf(alg) }
  const token = (await tokensOf(await tokenRequest(server, service, asked))).access_token
  expect(decodeProtectedHeader(token).alg).toBe(alg)
  return token
}

type Expected = { issuer: string; audience: string }
const expectedOf = (alg: SigningAlg): Expected => ({ issuer: server.issuer, audience: apiOf(alg) })

const keysUrl = () => new URL(`${server.issuer}/jwks`)
/** A set that is read once: only what it holds already can verify. */
async function readOnce() {
  const keys = createRemoteJWKSet(keysUrl(), {
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
  })
  await keys.reload()
  return keys
}

type Keys = ReturnType<typeof createRemoteJWKSet>

async function byJose(
  token: string,
  keys: Keys,
  alg: SigningAlg,
  expected = expectedOf(alg),
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, { ...expected, typ: 'at+jwt', algorithms: [alg] })
  return payload
}

function byFastJwt(
  token: string,
  { keys }: JSONWebKeySet,
  alg: SigningAlg,
  expected = expectedOf(alg),
): Promise<JWTPayload> {
  const verify = createVerifier({
    key: async ({ header }: { header: { kid?: string } }) => {
      const jwk = keys.find(({ kid }) => kid === header.kid)
      if (!jwk) throw new Error(`no key ${header.kid}`)
      return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    },
    algorithms: [alg],
    allowedIss: expected.issuer,
    allowedAud: expected.audience,
    checkTyp: 'at+jwt',
    requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
  })
  return verify(token)
}

async function pass(seconds: number): Promise<void> {
  server.clock.advance(seconds)
  vi.setSystemTime(server.clock.now * 1000)
  await server.deps.keyring.tick()
}

describe.each(signingAlgs)('an access token signed with %s', (alg) => {
  it.each(['jose', 'fast-jwt'])('is verified by %s, for its API alone', async (library) => {
    const keys = await readOnce()
    const verify = (token: string, expected = expectedOf(alg)) =>
      library === 'jose'
        ? byJose(token, keys, alg, expected)
        : byFastJwt(token, keys.jwks() ?? { keys: [] }, alg, expected)
    const token = await mint(alg)
    const { id } = service.client
    expect(await verify(token)).toMatchObject({ iss: server.issuer, aud: apiOf(alg), sub: id, client_id: id })
    const other = { issuer: server.issuer, audience: 'https://other.test' }
    await expect(verify(token, other)).rejects.toThrow('aud')
    await expect(verify(token, { ...expectedOf(alg), issuer: 'https://evil.test' })).rejects.toThrow('iss')
    const [header = '', payload = '', signature = ''] = token.split('.')
    const forged = `${header}.${payload}.${signature.slice(0, -8)}AAAAAAAA`
    await expect(verify(forged)).rejects.toThrow('signature')
    await pass(301)
    await expect(verify(token)).rejects.toThrow('exp')
  })
})

describe('JW13 a rotation of the keys', () => {
  it('is noticed by no verifier, however old the keys that it keeps', async () => {
    // jose keeps a set for 10 minutes, and an HTTP cache before it for as long as our max-age of 5.
    const stalest = 900
    const step = 150
    const kept: Keys[] = []
    const minted: { token: string; alg: SigningAlg; at: number }[] = []
    const kids = new Set<string | undefined>()
    // The successor is published 900 seconds before the period ends, and signs when it has ended.
    await pass(keyRotation - 2 * stalest)
    while (server.clock.now < startAt + keyRotation + stalest) {
      const fresh = await readOnce()
      kept.push(fresh)
      const stale = kept.at(-1 - stalest / step) ?? kept[0] ?? fresh
      for (const alg of signingAlgs) {
        const token = await mint(alg)
        kids.add(decodeProtectedHeader(token).kid)
        await byJose(token, stale, alg)
        await byFastJwt(token, stale.jwks() ?? { keys: [] }, alg)
        minted.push({ token, alg, at: server.clock.now })
      }
      const alive = minted.filter(({ at }) => at + 300 > server.clock.now)
      for (const { token, alg } of alive) await byJose(token, fresh, alg)
      await pass(step)
    }
    expect(kids.size).toBe(2 * signingAlgs.length)
  })

  it('at once, after a leak, reaches a running verifier, and ends what the old key has signed', async () => {
    const keys = createRemoteJWKSet(keysUrl())
    const before = await mint('ES256')
    await byJose(before, keys, 'ES256')
    await server.deps.keyring.rotate('ES256', { immediately: true })
    await pass(31)
    await byJose(await mint('ES256'), keys, 'ES256')
    await expect(byJose(before, keys, 'ES256')).rejects.toThrow('no applicable key')
  })
})
