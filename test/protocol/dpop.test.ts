// The DPoP proof by itself (RFC 9449 4.2, 4.3), as server and grantor/verify read it.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign } from 'jose'
import { describe, expect, it } from 'vitest'
import { type ProofTarget, proofReader } from '../../src/protocol/dpop.js'
import { type Algorithm, isThumbprint, thumbprint, usualAlgorithms } from '../../src/protocol/jwk.js'
import { anyText } from '../support/arbitrary.js'

const now = 1_800_000_000
const url = 'https://as.test/token'
const target: ProofTarget = { method: 'POST', url, acceptsNonce: () => true, now }
const all: Algorithm[] = [...usualAlgorithms, 'Ed25519', 'ES384', 'ES512']
const read = proofReader({ algorithms: all, maxAge: 60, maxAhead: 60 })

type Pair = { privateKey: KeyObject; publicKey: KeyObject }
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const pairs: Record<Algorithm, Pair> = {
  ES256: ec('P-256'),
  RS256: rsa,
  PS256: rsa,
  EdDSA: ed25519,
  Ed25519: ed25519,
  ES384: ec('P-384'),
  ES512: ec('P-521'),
}

const jwkOf = ({ publicKey }: Pair) => ({ ...publicKey.export({ format: 'jwk' }) })
const proof = (alg: Algorithm, claims: object = {}, header: object = {}, pair = pairs[alg]) =>
  new CompactSign(Buffer.from(JSON.stringify({ jti: 'one', htm: 'POST', htu: url, iat: now, ...claims })))
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: jwkOf(pair), ...header })
    .sign(pair.privateKey)
const reason = async (text: string, more: Partial<ProofTarget> = {}) => {
  const result = await read(text, { ...target, ...more })
  return 'code' in result ? `${result.code}: ${result.reason}` : 'good'
}

describe.each(all)('a proof by %s', (alg) => {
  it('is good, whether its key is new or known, and names its key', async () => {
    for (const jti of ['one', 'two'])
      expect(await read(await proof(alg, { jti, nonce: 'n' }), target)).toEqual({
        jkt: thumbprint(jwkOf(pairs[alg])),
        jti,
        nonce: 'n',
        until: now + 60,
      })
  })

  it('is nothing with one bit of it changed, or with the key of another', async () => {
    const [header, payload, signature = ''] = (await proof(alg)).split('.')
    const bytes = Buffer.from(signature, 'base64url')
    bytes[8] = (bytes[8] ?? 0) ^ 1
    for (const forged of [bytes.toString('base64url'), '', 'AAAA', signature.slice(0, -4)])
      expect(await reason(`${header}.${payload}.${forged}`)).toContain('its signature is wrong')
    const [, otherPayload] = (await proof(alg, { jti: 'two' })).split('.')
    expect(await reason(`${header}.${otherPayload}.${signature}`)).toContain('its signature is wrong')
  })

  it('takes no key of another kind', async () => {
    for (const other of all.filter((one) => pairs[one] !== pairs[alg])) {
      const { crv, kty } = jwkOf(pairs[other])
      if (crv === jwkOf(pairs[alg]).crv && kty === jwkOf(pairs[alg]).kty) continue
      const text = await proof(alg, {}, { jwk: jwkOf(pairs[other]) })
      expect(await reason(text), other).toContain(`it is no key for ${alg}`)
    }
  })
})

it('takes none but the algorithms it was told', async () => {
  const strict = proofReader({ algorithms: ['ES256'], maxAge: 60, maxAhead: 60 })
  expect(await strict(await proof('ES256'), target)).toHaveProperty('jkt')
  for (const alg of all.slice(1))
    expect(await strict(await proof(alg), target)).toMatchObject({ code: 'invalid_dpop_proof' })
})

it('DP01 takes no key with private parts though it knows its public half', async () => {
  expect(await reason(await proof('ES256'))).toBe('good')
  const jwk = pairs.ES256.privateKey.export({ format: 'jwk' })
  expect(await reason(await proof('ES256', {}, { jwk }))).toContain('private parts')
})

it('DP01 takes no key that is short, off its curve or no text', async () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const { kty, crv, x, y } = jwkOf(pairs.ES256)
  const keys: [Algorithm, object, string][] = [
    ['RS256', jwkOf(short), 'under 2048 bits'],
    ['ES256', { kty, crv, x: y, y: x }, 'no key'],
    ['ES256', { kty, crv, x: '', y }, 'no key'],
    ['ES256', { kty, crv, x }, 'no text'],
    ['ES256', { kty, crv, x: [[[[x]]]], y }, 'no text'],
    ['EdDSA', { kty: 'OKP', crv: 'Ed448', x }, 'no key'],
    ['ES256', { kty: '__proto__' }, 'not a public key'],
  ]
  for (const [alg, jwk, why] of keys) expect(await reason(await proof(alg, {}, { jwk }))).toContain(why)
})

it('DP01 bears whatever stands where a proof belongs', async () => {
  const part = (text: string) => Buffer.from(text).toString('base64url')
  const deep = part('['.repeat(3000) + ']'.repeat(3000))
  const [header = '', payload = '', signature = ''] = (await proof('ES256')).split('.')
  for (const text of [
    '',
    '.',
    '..',
    'x',
    `${header}.${payload}`,
    `${header}.${payload}.${signature}.`,
    `${header}.${payload}.${signature}=`,
    ` ${header}.${payload}.${signature}`,
    `${deep}.${payload}.${signature}`,
    `${header}.${deep}.${signature}`,
    `${part('null')}.${payload}.${signature}`,
    `${header}.${part('"x"')}.${signature}`,
    `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`,
    'x'.repeat(9000),
  ])
    expect(await reason(text), text.slice(0, 40)).toContain('no compact JWS')
  const jwk = `{"kty":"EC","crv":"P-256","y":"","x":${'['.repeat(2500)}${']'.repeat(2500)}}`
  const named = part(`{"typ":"dpop+jwt","alg":"ES256","jwk":${jwk}}`)
  expect(await reason(`${named}.${payload}.${signature}`)).toContain('no text')
})

it('DP01 counts for a minute, behind and ahead of the clock', async () => {
  for (const iat of [now, now - 10, now + 10, now - 59, now + 60, now + 0.5])
    expect(await reason(await proof('ES256', { iat })), String(iat)).toBe('good')
  for (const iat of [now - 60, now + 61, now - 3600, now + 3600, -1, '1', null, undefined, 1e300])
    expect(await reason(await proof('ES256', { iat })), String(iat)).toContain('iat is')
})

it('heeds exp and nbf where they are', async () => {
  for (const claims of [{ exp: now + 300, nbf: now }, { exp: now - 10 }, { nbf: now + 10 }])
    expect(await reason(await proof('ES256', claims))).toBe('good')
  for (const claims of [{ exp: now - 60 }, { exp: 'x' }, { nbf: now + 61 }, { nbf: null }])
    expect(await reason(await proof('ES256', claims))).toMatch(/(exp|nbf) is/)
})

it('is for one method and address, and for one token where one is shown', async () => {
  expect(await reason(await proof('ES256'), { method: 'GET' })).toContain('htm is "POST", not GET')
  expect(await reason(await proof('ES256'), { url: 'https://as.test/userinfo' })).toContain('htu is')
  expect(await reason(await proof('ES256'), { token: 'x' })).toContain('ath is not')
  expect(await reason(await proof('ES256', { ath: 'anything' }))).toBe('good')
})

it('asks for a nonce before it looks at the clock', async () => {
  const acceptsNonce = (nonce: unknown) => nonce === 'n'
  for (const nonce of [undefined, 'x', 7, ['n']])
    expect(await reason(await proof('ES256', { nonce, iat: 0 }), { acceptsNonce })).toMatch(/^use_dpop_nonce/)
  expect(await reason(await proof('ES256', { nonce: 'n' }), { acceptsNonce })).toBe('good')
})

it('CF06: takes the time from a nonce that is dated, and is remembered until the nonce is over', async () => {
  const acceptsNonce = () => ({ until: now + 200 })
  for (const iat of [now - 3600, now, now + 3600, 0])
    expect(await read(await proof('ES256', { iat, nonce: 'n' }), { ...target, acceptsNonce })).toMatchObject({
      until: now + 200,
    })
  for (const iat of [undefined, 'x', -1])
    expect(await reason(await proof('ES256', { iat, nonce: 'n' }), { acceptsNonce })).toContain(
      'iat is missing',
    )
})

it('knows a thumbprint by its form', () => {
  const good = thumbprint(jwkOf(pairs.ES256))
  expect(isThumbprint(good)).toBe(true)
  for (const text of ['', good.slice(1), `${good}A`, `${good}=`, `${good.slice(0, -1)}B`, '+'.repeat(43)])
    expect(isThumbprint(text)).toBe(false)
})

it('DP01 answers whatever is signed in its place with a fault, and never fails', async () => {
  const members = ['typ', 'alg', 'jwk', 'crit', 'b64', 'kid', '__proto__', 'toString']
  const claims = ['htm', 'htu', 'iat', 'jti', 'nonce', 'ath', 'exp', 'nbf', '__proto__']
  const right: Record<string, unknown> = { typ: 'dpop+jwt', alg: 'ES256', jwk: jwkOf(pairs.ES256) }
  const said: Record<string, unknown> = { htm: 'POST', htu: url, iat: now, jti: 'one' }
  const bend = (names: string[]) =>
    fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(anyText(), fc.jsonValue())), { maxLength: 2 })
  const part = (usual: object, bent: [string, unknown][]) =>
    Buffer.from(JSON.stringify(Object.fromEntries([...Object.entries(usual), ...bent]))).toString('base64url')
  const property = fc.asyncProperty(bend(members), bend(claims), async (header, payload) => {
    const input = `${part(right, header)}.${part(said, payload)}`
    const signature = sign('sha256', Buffer.from(input), {
      key: pairs.ES256.privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    const result = await read(`${input}.${signature.toString('base64url')}`, target)
    if ('code' in result) expect(result).toEqual({ code: 'invalid_dpop_proof', reason: expect.any(String) })
    else expect(result.jkt).toBe(thumbprint(jwkOf(pairs.ES256)))
  })
  await fc.assert(property, { numRuns: 500 })
})
