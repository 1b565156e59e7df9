// grantor/verify when the issuer is slow, broken, someone else or gone: what is served, and how often it is asked.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { metadataUrls } from '../../src/verify/discovery.js'
import type { VerifierOptions } from '../../src/verify/index.js'
import { firstKey, freshKey, type Issuer, publicJwk, refusal, startIssuer } from '../support/issuer.js'

let issuer: Issuer
beforeEach(async () => {
  issuer = await startIssuer()
})
afterEach(() => issuer.close())

const { metadata, keys, list } = {
  metadata: '/.well-known/oauth-authorization-server',
  keys: '/jwks',
  list: '/status-lists/1',
}

/** How a first token is refused for want of keys. */
async function unavailable(options?: Partial<VerifierOptions>) {
  const error = await refusal(issuer.verifier(options).verify(await issuer.token()))
  expect([error.status, error.code]).toEqual([503, 'temporarily_unavailable'])
  expect(Number(error.headers['retry-after'])).toBeGreaterThan(0)
  expect(error.wwwAuthenticate).toBeUndefined()
  expect(error.message).not.toContain('GET')
  return error.reason
}

describe('metadata', () => {
  it('is looked for where RFC 8414 and OpenID Connect have it', () => {
    expect(metadataUrls('https://as.test')).toEqual([
      'https://as.test/.well-known/oauth-authorization-server',
      'https://as.test/.well-known/openid-configuration',
    ])
    expect(metadataUrls('https://as.test/a/b')).toEqual([
      'https://as.test/.well-known/oauth-authorization-server/a/b',
      'https://as.test/.well-known/openid-configuration/a/b',
      'https://as.test/a/b/.well-known/openid-configuration',
      'https://as.test/a/b/.well-known/oauth-authorization-server',
    ])
  })

  it('is found for an issuer with a path, inserted or appended', async () => {
    const other = await startIssuer({ path: '/tenant' })
    try {
      expect(await other.verifier().verify(await other.token())).toBeDefined()
      const document = { issuer: other.issuer, jwks_uri: other.origin + other.paths.keys }
      other.answers.delete(other.paths.metadata)
      other.json('/tenant/.well-known/openid-configuration', document)
      expect(await other.verifier().verify(await other.token())).toBeDefined()
    } finally {
      await other.close()
    }
  })

  it('of another issuer is refused, byte for byte (RFC 8414 3.3)', async () => {
    for (const other of [
      `${issuer.issuer}/`,
      'https://other.test',
      issuer.issuer.replace('127.0.0.1', 'localhost'),
      undefined,
    ]) {
      issuer.json(metadata, { issuer: other, jwks_uri: issuer.origin + keys })
      expect(await unavailable()).toContain('its issuer is')
    }
    expect(issuer.count(keys)).toBe(0)
  })

  it('that leads to keys on plain http elsewhere is refused', async () => {
    for (const jwks_uri of [
      'http://keys.example.com/jwks',
      'file:///etc/passwd',
      'ftp://127.0.0.1/x',
      undefined,
      7,
    ]) {
      issuer.json(metadata, { issuer: issuer.issuer, jwks_uri })
      expect(await unavailable()).toContain('jwks_uri')
    }
  })

  it('is not needed where jwksUri is given', async () => {
    const verifier = issuer.verifier({ jwksUri: issuer.origin + keys })
    expect(await verifier.verify(await issuer.token())).toBeDefined()
    expect(issuer.count(metadata)).toBe(0)
  })
})

describe('JW15 an answer that is no good', () => {
  it('is told for what it is', async () => {
    issuer.breaks(metadata, 'status 500')
    expect(await unavailable()).toContain('status 500')
    expect(issuer.count('/.well-known/openid-configuration')).toBe(0)
    issuer.breaks(metadata, 'garbage')
    issuer.breaks('/.well-known/openid-configuration', 'garbage')
    expect(await unavailable()).toContain('not JSON')
    issuer.answers.set(metadata, (_, response) => response.writeHead(302, { location: '/elsewhere' }).end())
    issuer.answers.delete('/.well-known/openid-configuration')
    expect(await unavailable()).toContain('status 302')
    expect(issuer.count('/elsewhere')).toBe(0)
    await issuer.stop()
    expect(await unavailable()).toMatch(/GET http.*: fetch failed: ./)
    await issuer.restart()
  })

  it('as keys, is told too', async () => {
    const huge = 'x'.repeat(300_000)
    for (const [answer, why] of [
      [{ keys: [], huge }, 'more than 262144 bytes'],
      [{ keys: Array(101).fill(await publicJwk(firstKey)) }, 'not a JWK set, or too large'],
      [{ keys: [] }, 'no key that could verify'],
      [{}, 'not a JWK set'],
      [[], 'not a JSON object'],
    ] as const) {
      issuer.json(keys, answer)
      expect(await unavailable()).toContain(why)
    }
  })

  it('does not hang when it never comes, or never ends', async () => {
    for (const endless of [false, true]) {
      const asked = new Promise<void>((resolve) => {
        issuer.answers.set(keys, (_, response) => {
          if (endless) response.writeHead(200).write('{"keys":[')
          resolve()
        })
      })
      const waiting = unavailable({ timeout: 2 })
      await asked
      await issuer.clock.pass(2)
      expect(await waiting).toContain('no answer within 2 s')
    }
  })
})

describe('while the issuer is away', () => {
  it('the keys that are known serve, for as long as they were given', async () => {
    const faults: string[] = []
    const verifier = issuer.verifier({ keysUsableFor: 1000, onFault: (reason) => faults.push(reason) })
    await verifier.ready()
    await issuer.stop()
    await issuer.clock.pass(900)
    expect(await verifier.verify(await issuer.token())).toBeDefined()
    expect(faults[0]).toMatch(/^keys of http.*: GET http.*: fetch failed: ./)
    await issuer.clock.pass(200)
    expect((await refusal(verifier.verify(await issuer.token()))).status).toBe(503)
    await issuer.restart()
    await issuer.clock.pass(10)
    expect(await verifier.verify(await issuer.token())).toBeDefined()
  })

  it('callers do not add requests to those of the background', async () => {
    issuer.breaks(metadata, 'status 500')
    const verifier = issuer.verifier()
    const token = await issuer.token()
    for (let i = 0; i < 50; i++) expect((await refusal(verifier.verify(token))).status).toBe(503)
    expect(issuer.count(metadata)).toBe(1)
    await issuer.clock.pass(60)
    expect(issuer.count(metadata)).toBeGreaterThan(3)
    expect(issuer.count(metadata)).toBeLessThan(40)
  })
})

describe('keys', () => {
  it('are fetched again in the background, before anybody would wait', async () => {
    const verifier = issuer.verifier()
    await verifier.ready()
    await issuer.clock.pass(299)
    expect(issuer.count(keys)).toBe(2)
    for (const [maxAge, seconds] of [
      ['max-age=0', 30],
      ['max-age=999999', 3600],
    ] as const) {
      const other = await startIssuer()
      const jwks = { keys: [await publicJwk(firstKey)] }
      other.answers.set(keys, (_, response) =>
        response.writeHead(200, { 'cache-control': maxAge }).end(JSON.stringify(jwks)),
      )
      await other.verifier().ready()
      await other.clock.pass(seconds * 0.5)
      expect(other.count(keys), maxAge).toBe(1)
      await other.clock.pass(seconds * 0.5)
      expect(other.count(keys), maxAge).toBe(2)
      await other.close()
    }
  })

  it('JW13 a new one is fetched when the first token of it comes', async () => {
    const verifier = issuer.verifier()
    await verifier.ready()
    const second = await freshKey('second')
    await issuer.publish(firstKey, second)
    const tokens = await Promise.all(Array.from({ length: 20 }, () => issuer.token({}, {}, second)))
    expect(await Promise.all(tokens.map((token) => verifier.verify(token)))).toHaveLength(20)
    expect(issuer.count(keys)).toBe(2)
  })

  it('JW15 a flood of unknown kids causes one request per cool-down', async () => {
    const verifier = issuer.verifier()
    await verifier.ready()
    const stranger = await freshKey('x')
    const flood = () =>
      Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          const token = await issuer.token({}, { kid: `kid-${i}` }, stranger)
          expect((await refusal(verifier.verify(token))).reason).toContain('no key that the issuer publishes')
        }),
      )
    await flood()
    await flood()
    expect(issuer.count(keys)).toBe(2)
    await issuer.clock.pass(31)
    await flood()
    expect(issuer.count(keys)).toBe(3)
  })
})

it('10,000 requests at the start cause one request for each thing', async () => {
  const verifier = issuer.verifier()
  const few = await Promise.all(Array.from({ length: 10 }, (_, i) => issuer.token(issuer.status(i))))
  const all = Array.from({ length: 10_000 }, (_, i) => verifier.verify(few[i % few.length] as string))
  expect(await Promise.all(all)).toHaveLength(10_000)
  expect([metadata, keys, list].map(issuer.count)).toEqual([1, 1, 1])
})

it('close() ends every timer, and nothing is asked again', async () => {
  const verifier = issuer.verifier()
  await verifier.verify(await issuer.token(issuer.status(1)))
  expect(issuer.clock.waiting()).toBeGreaterThan(0)
  verifier.close()
  expect(issuer.clock.waiting()).toBe(0)
  await issuer.clock.pass(10_000)
  expect([metadata, keys, list].map(issuer.count)).toEqual([1, 1, 1])
})
