// grantor/verify holds bound tokens to their senders: DPoP (RFC 9449 4.3, 7) and certificates (RFC 8705 3).
import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RequestLike, Verifier, VerifierOptions } from '../../src/verify/index.js'
import { replayMemory } from '../../src/verify/replay.js'
import { selfSigned } from '../support/certificate.js'
import {
  firstKey,
  freshKey,
  type Issuer,
  type Members,
  publicJwk,
  refusal,
  signJwt,
  startIssuer,
} from '../support/issuer.js'
import { knownKey } from '../support/keys.js'

let issuer: Issuer
let verifier: Verifier
let client: Awaited<ReturnType<typeof freshKey>>
let jwk: Members
let jkt: string
let token: string
beforeAll(async () => {
  issuer = await startIssuer()
  client = await freshKey('client')
  const { kty, crv, x, y } = await publicJwk(client)
  jwk = { kty, crv, x, y }
  jkt = await calculateJwkThumbprint(jwk)
  token = await issuer.token({ cnf: { jkt } })
})
afterAll(() => issuer.close())
beforeEach(() => {
  verifier = issuer.verifier()
})

const url = 'https://api.test/things'
const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url')
let count = 0
const proof = (claims: Members = {}, header: Members = {}, key: Parameters<typeof signJwt>[2] = client) =>
  signJwt(
    { typ: 'dpop+jwt', jwk, kid: undefined, ...header },
    { jti: `p${count++}`, htm: 'GET', htu: url, iat: issuer.clock.now(), ath: hashOf(token), ...claims },
    key,
  )
const request = (
  dpop: string | string[],
  at = url,
  authorization = `DPoP ${token}`,
  method = 'GET',
): RequestLike => ({
  method,
  url: at,
  headers: { authorization, dpop },
})
const code = async (given: RequestLike, on = verifier) => {
  const error = await refusal(on.verify(given))
  expect(error.status).toBe(401)
  return `${error.code}: ${error.reason}`
}

describe('a token bound to a key', () => {
  it('is good with a proof by that key', async () => {
    expect(await verifier.verify(request(await proof()))).toMatchObject({ cnf: { jkt } })
    const real = new Request(`${url}?page=2`, {
      headers: { authorization: `dpop ${token}`, dpop: await proof() },
    })
    expect(await verifier.verify(real)).toBeDefined()
  })

  it('IR09 is refused as a bearer token, with or without a proof', async () => {
    const dpop = await proof()
    for (const given of [request(dpop, url, `Bearer ${token}`), token]) {
      const error = await refusal(verifier.verify(given))
      expect([error.status, error.code]).toEqual([401, 'invalid_token'])
      expect(error.wwwAuthenticate).toMatch(
        /^Bearer error="invalid_token".*, DPoP algs="ES256 RS256 PS256 EdDSA"$/,
      )
    }
  })

  it('DP01 is refused with a proof that breaks any rule of RFC 9449 4.3', async () => {
    const now = issuer.clock.now()
    const privateKey: Members = { ...knownKey('ES256').export({ format: 'jwk' }) }
    const attacks: Record<string, string | string[] | Promise<string>> = {
      'no proof': [],
      'two proofs': [await proof(), await proof()],
      'two proofs joined': `${await proof()}, ${await proof()}`,
      'no JWT': 'x',
      'too long': 'x'.repeat(9000),
      'no typ': proof({}, { typ: undefined }),
      'typ JWT': proof({}, { typ: 'JWT' }),
      'typ at+jwt': proof({}, { typ: 'at+jwt' }),
      'no jwk': proof({}, { jwk: undefined }),
      'jwk no object': proof({}, { jwk: 'x' }),
      'private jwk': proof({}, { jwk: privateKey }, firstKey),
      'secret jwk': proof({}, { jwk: { kty: 'oct', k: 'AAAA' } }),
      'another jwk': proof({}, { jwk: { ...jwk, x: jwk.y } }),
      'no jti': proof({ jti: undefined }),
      'jti no text': proof({ jti: 7 }),
      'long jti': proof({ jti: 'x'.repeat(201) }),
      'no htm': proof({ htm: undefined }),
      'htm POST': proof({ htm: 'POST' }),
      'htm get': proof({ htm: 'get' }),
      'no htu': proof({ htu: undefined }),
      'htu of another path': proof({ htu: 'https://api.test/other' }),
      'htu of another host': proof({ htu: 'https://evil.test/things' }),
      'htu http': proof({ htu: 'http://api.test/things' }),
      'htu no URL': proof({ htu: '/things' }),
      'no iat': proof({ iat: undefined }),
      'iat text': proof({ iat: String(now) }),
      'iat an hour ago': proof({ iat: now - 3600 }),
      'iat in an hour': proof({ iat: now + 3600 }),
      'no ath': proof({ ath: undefined }),
      'ath of another token': proof({ ath: hashOf('x') }),
      crit: proof({}, { crit: ['b64'], b64: true }),
    }
    for (const [name, dpop] of Object.entries(attacks))
      expect(await code(request(await dpop)), name).toMatch(/^invalid_dpop_proof: DPoP proof: /)
    const none = `${Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'none', jwk })).toString('base64url')}.e30.`
    const hmac = `${Buffer.from(JSON.stringify({ typ: 'dpop+jwt', alg: 'HS256', jwk })).toString('base64url')}.e30.AAAA`
    for (const dpop of [none, hmac]) expect(await code(request(dpop))).toContain('is not accepted')
    const { n, ...rsa } = createPublicKey(knownKey('RS256')).export({ format: 'jwk' })
    const large = { ...rsa, n: `${n}${n}`.slice(0, 684) }
    const keys: [Members, string, string][] = [
      [privateKey, 'ES256', 'private parts'],
      [{ kty: 'oct', k: 'AAAA' }, 'ES256', 'not a public key'],
      [large, 'RS256', 'over 4096 bits'],
      [{ ...rsa, n, e: 'Aw' }, 'RS256', 'exponent'],
    ]
    for (const [key, alg, why] of keys) {
      const signer = alg === 'RS256' ? { alg, kid: 'rsa', key: knownKey('RS256') } : firstKey
      expect(await code(request(await proof({}, { jwk: key }, signer)))).toContain(why)
    }
    const error = await refusal(verifier.verify(request('x')))
    expect(error.wwwAuthenticate).toMatch(
      /^DPoP error="invalid_dpop_proof", .*algs="ES256 RS256 PS256 EdDSA"$/,
    )
  })

  it('DP06 is refused with a good proof by another key', async () => {
    const other = await freshKey('other')
    const { kty, crv, x, y } = await publicJwk(other)
    const dpop = await proof({}, { jwk: { kty, crv, x, y } }, other)
    expect(await code(request(dpop))).toMatch(/^invalid_token: the proof is signed with another key/)
  })

  it('DP02 is refused with a proof that was used', async () => {
    const dpop = await proof()
    await verifier.verify(request(dpop))
    expect(await code(request(dpop))).toContain('used before')
    await issuer.clock.pass(60)
    expect(await code(request(dpop))).toContain('used before')
    await issuer.clock.pass(10)
    expect(await code(request(dpop))).toContain('too old')
  })

  it('CF04: may be ahead by 10 s, or by tolerance where that is more (FAPI 2.0 SP 5.3.2.1)', async () => {
    const now = issuer.clock.now()
    for (const [tolerance, ahead] of [
      [undefined, 10],
      [0, 10],
      [30, 30],
    ] as const) {
      const on = issuer.verifier({ tolerance })
      expect(await on.verify(request(await proof({ iat: now + ahead })))).toBeDefined()
      expect(await on.verify(request(await proof({ nbf: now + ahead, exp: now + 300 })))).toBeDefined()
      expect(await code(request(await proof({ iat: now + ahead + 1 })), on)).toContain('in the future')
      expect(await code(request(await proof({ nbf: now + ahead + 1 })), on)).toContain('nbf is ahead')
      expect(await code(request(await proof({ exp: now - ahead })), on)).toContain('exp is over')
      for (const wrong of [{ nbf: 'now' }, { exp: 'never' }, { exp: null }])
        expect(await code(request(await proof(wrong)), on)).toMatch(/(nbf|exp) is .* no time/)
    }
  })

  it('CF04: that is ahead is remembered for as long as it would be accepted (DP02)', async () => {
    const dpop = await proof({ iat: issuer.clock.now() + 10 })
    await verifier.verify(request(dpop))
    await issuer.clock.pass(74)
    expect(await code(request(dpop))).toContain('used before')
    await issuer.clock.pass(1)
    expect(await code(request(dpop))).toContain('too old')
  })

  it('DP04 compares htu as RFC 3986 does, with the public address', async () => {
    for (const htu of [
      'HTTPS://API.test/things',
      'https://api.test:443/things',
      `${url}?a#b`,
      'https://api.test/x/../%74hings',
    ])
      expect(await verifier.verify(request(await proof({ htu }))), htu).toBeDefined()
    const behind = issuer.verifier({ dpop: { publicUrl: 'https://public.test/v1/' } })
    const htu = 'https://public.test/v1/things'
    expect(await behind.verify(request(await proof({ htu }), 'http://10.0.0.1:8080/things'))).toBeDefined()
    expect(await behind.verify(request(await proof({ htu }), '/things?x=1'))).toBeDefined()
    const forged = request(await proof({ htu: 'https://evil.test/things' }), 'https://evil.test/things')
    expect(await code(forged)).toContain('htu is')
    const nameless = issuer.verifier({ audience: 'api' })
    const bound = await issuer.token({ aud: 'api', cnf: { jkt } })
    const dpop = await proof({ ath: hashOf(bound) })
    expect(await code(request(dpop, url, `DPoP ${bound}`), nameless)).toContain('publicUrl is not configured')
  })

  it('PC14: compares htu as an absolute URL: a target that begins with two slashes is a path', async () => {
    const targets = ['//evil/things', '/\\evil/things', '//api.test/things', 'https://api.test//evil/things']
    for (const at of targets) {
      expect(await code(request(await proof(), at)), at).toContain('htu is')
      const dpop = await proof({
        htu: at.startsWith('//api') ? `https://api.test${at}` : 'https://api.test//evil/things',
      })
      expect(await verifier.verify(request(dpop, at)), at).toBeDefined()
    }
    const mounted = { ...request(await proof()), url: '/things', originalUrl: '//evil/things' }
    expect(await code(mounted)).toContain('htu is')
    const behind = issuer.verifier({ dpop: { publicUrl: 'https://public.test/v1' } })
    for (const at of ['/../things', '//x/../../things', '/%2e%2e/things'])
      expect(
        await code(request(await proof({ htu: 'https://public.test/things' }), at), behind),
        at,
      ).toContain('htu is')
    for (const at of ['', '*', 'things', '?things', 'api.test:443', 'file:///things'])
      expect(await code(request(await proof(), at)), at).toContain('the request has no path')
  })

  it('PC14: takes no htu that URL would read into another text', async () => {
    for (const htu of [
      '//api.test/things',
      'https:api.test/things',
      'https:/api.test/things',
      'https:///api.test/things',
      'https:\\\\api.test\\things',
      'https://me@api.test/things',
      'https://@api.test/things',
      ' https://api.test/things',
      'https://api.test/things ',
      'https://api.test/thi\nngs',
      'https://api.test/\\things',
      'blob:https://api.test/things',
    ])
      expect(await code(request(await proof({ htu }))), htu).toContain('htu is')
    for (const publicUrl of ['mailto:x', '/v1', 'file:///x'])
      expect(() => issuer.verifier({ dpop: { publicUrl } })).toThrow('dpop.publicUrl')
  })

  it('DP03 needs a nonce where the API gives them out, and a new proof each time all the same', async () => {
    const dpop = { nonces: { current: () => 'n2', accepts: (nonce: string) => ['n1', 'n2'].includes(nonce) } }
    const strict = issuer.verifier({ dpop })
    for (const nonce of [undefined, 'n0', 7]) {
      const error = await refusal(strict.verify(request(await proof({ nonce }))))
      expect([error.status, error.code, error.headers['dpop-nonce']]).toEqual([401, 'use_dpop_nonce', 'n2'])
      expect(error.wwwAuthenticate).toContain('DPoP error="use_dpop_nonce"')
    }
    for (const nonce of ['n1', 'n2']) {
      const once = request(await proof({ nonce }))
      expect(await strict.verify(once)).toBeDefined()
      // DP02: a nonce limits when a proof is made, not how often it is used.
      expect(await code(once, strict)).toContain('used before')
    }
  })
})

it('CF06: a nonce of a stated lifetime says when a proof was made, and replays are remembered for it', async () => {
  const now = issuer.clock.now()
  const accepts = (nonce: string) => nonce === 'n' && issuer.clock.now() < now + 100
  const nonces = { current: () => 'n', accepts }
  const dated = issuer.verifier({ dpop: { nonces: { ...nonces, lifetime: 100 } } })
  const plain = issuer.verifier({ dpop: { nonces } })
  for (const iat of [now - 3600, now + 3600]) {
    const dpop = await proof({ iat, nonce: 'n', nbf: iat, exp: iat + 60 })
    expect(await code(request(dpop), plain)).toContain('iat is too old or in the future')
    expect(await dated.verify(request(dpop))).toBeDefined()
    expect(await code(request(await proof({ iat, nonce: 'n', exp: iat - 10 })), dated)).toContain('exp is')
  }
  const dpop = await proof({ nonce: 'n', iat: now - 3600 })
  expect(await dated.verify(request(dpop))).toBeDefined()
  await issuer.clock.pass(99)
  expect(await code(request(dpop), dated)).toContain('used before')
  await issuer.clock.pass(1)
  expect(await code(request(dpop), dated)).toMatch(/^use_dpop_nonce/)
  for (const lifetime of [0, Number.NaN, -1])
    expect(() => issuer.verifier({ dpop: { nonces: { ...nonces, lifetime } } })).toThrow(
      'dpop.nonces.lifetime',
    )
})

it('a token bound to no key is refused with DPoP, and where DPoP is required', async () => {
  const free = await issuer.token()
  const dpop = await proof({ ath: hashOf(free) })
  expect(await code(request(dpop, url, `DPoP ${free}`))).toMatch(/^invalid_token: .*bound to no key/)
  const strict = issuer.verifier({ dpop: { required: true } })
  const error = await refusal(strict.verify(free))
  expect(error.wwwAuthenticate).toMatch(/^DPoP error="invalid_token"/)
  expect((await refusal(strict.verify({ headers: {} }))).wwwAuthenticate).toBe(
    'DPoP algs="ES256 RS256 PS256 EdDSA"',
  )
  const both = await refusal(issuer.verifier({ dpop: {} }).verify({ headers: {} }))
  expect(both.wwwAuthenticate).toBe('Bearer, DPoP algs="ES256 RS256 PS256 EdDSA"')
})

it('proofs are remembered in a bounded number', () => {
  const isNew = replayMemory(10, 3)
  expect(['a', 'b', 'a', 'c'].map((key) => isNew(key, 0))).toEqual([true, true, false, true])
  expect(isNew('d', 0)).toBe(true)
  expect(['b', 'c', 'd'].map((key) => isNew(key, 0))).toEqual([false, false, false])
  expect(isNew('d', 10)).toBe(true)
})

describe('a token bound to a certificate', () => {
  const { cert } = selfSigned('client.test')
  const { raw } = new X509Certificate(cert)
  const x5t = createHash('sha256').update(raw).digest('base64url')
  const bound = (cnf: Members) => issuer.token({ cnf })
  const shows = (certificate: VerifierOptions['certificate'] & {}) => issuer.verifier({ certificate })
  const bearer = (text: string) => request([], url, `Bearer ${text}`)

  it('is good with that certificate, as DER or PEM', async () => {
    const given = await bound({ 'x5t#S256': x5t })
    for (const shown of [raw, cert]) expect(await shows(() => shown).verify(bearer(given))).toBeDefined()
  })

  it('DP08 is refused without it or with another', async () => {
    const given = await bound({ 'x5t#S256': x5t })
    const other = new X509Certificate(selfSigned('other.test').cert).raw
    for (const shown of [undefined, null, '', new Uint8Array(), other, 'garbage'])
      expect(
        await code(
          bearer(given),
          shows(() => shown),
        ),
      ).toMatch(/certificate/)
    expect(await code(bearer(given))).toContain('none was shown')
    expect((await refusal(shows(() => raw).verify(given))).reason).toContain('none was shown')
    for (const wrong of [7, `${x5t}=`, x5t.toLowerCase()])
      expect(
        await code(
          bearer(await bound({ 'x5t#S256': wrong })),
          shows(() => raw),
        ),
      ).toMatch(/^invalid_token/)
  })

  it('and to a key needs both', async () => {
    const given = await bound({ 'x5t#S256': x5t, jkt })
    const both = shows(() => raw)
    const dpop = async () => proof({ ath: hashOf(given) })
    expect(await both.verify(request(await dpop(), url, `DPoP ${given}`))).toBeDefined()
    expect(await code(bearer(given), both)).toContain('sent as Bearer')
    expect(await code(request(await dpop(), url, `DPoP ${given}`))).toContain('none was shown')
  })

  it('or to something unknown is refused', async () => {
    for (const cnf of [{ jwk }, { kid: 'x' }, { jkt, jwk }, 'x', null, []])
      expect(
        await code(
          bearer(await issuer.token({ cnf })),
          shows(() => raw),
        ),
      ).toMatch(/^invalid_token/)
  })
})
