// grantor/verify judges access tokens (RFC 9068 4). Attacks carry their ids.
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Verifier } from '../../src/verify/index.js'
import {
  api,
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
beforeAll(async () => {
  issuer = await startIssuer()
})
afterAll(() => issuer.close())
beforeEach(() => {
  verifier = issuer.verifier()
})

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const reasonFor = async (token: string) => {
  const { status, code, reason } = await refusal(verifier.verify(token))
  expect([status, code]).toEqual([401, 'invalid_token'])
  return reason
}
const reasonOf = async (claims: Members, header: Members = {}) =>
  reasonFor(await issuer.token(claims, header))

it('gives the claims of a token by the rules, which nobody can change for the next request', async () => {
  const token = await issuer.token({ scope: 'api:read', act: { sub: 'x' } })
  const claims = await verifier.verify(token)
  expect(claims).toMatchObject({ sub: 'u_alice', client_id: 'c_app', scope: 'api:read' })
  expect(() => Object.assign(claims, { sub: 'admin' })).toThrow(TypeError)
  expect(() => Object.assign(claims.act as object, { sub: 'admin' })).toThrow(TypeError)
  expect((await verifier.verify(token)).sub).toBe('u_alice')
})

it('takes typ with its prefix and in any case (RFC 9068 4)', async () => {
  for (const typ of ['application/at+jwt', 'AT+JWT'])
    expect(await verifier.verify(await issuer.token({}, { typ }))).toMatchObject({ sub: 'u_alice' })
})

it('takes every algorithm that it says by default, and no other', async () => {
  const keys = (['ES256', 'RS256', 'PS256', 'EdDSA'] as const).map((alg) => ({
    alg,
    kid: alg,
    key: knownKey(alg),
  }))
  const other = { alg: 'RS512', kid: 'RS512', key: knownKey('RS256') }
  await issuer.publish(...keys, other)
  for (const key of keys) expect(await verifier.verify(await issuer.token({}, {}, key))).toBeDefined()
  expect(await reasonFor(await issuer.token({}, {}, other))).toContain('alg "RS512" is not accepted')
  await issuer.publish(firstKey)
})

it('JW01 refuses alg none in every spelling, and a signature left out', async () => {
  const [header, claims, signature] = (await issuer.token()).split('.') as [string, string, string]
  for (const alg of ['none', 'nOnE', '', null, 0, ['ES256']]) {
    await reasonFor(`${part({ alg, kid: 'first', typ: 'at+jwt' })}.${claims}.`)
    await reasonFor(`${part({ alg, kid: 'first', typ: 'at+jwt' })}.${claims}.${signature}`)
  }
  await reasonFor(`${header}.${claims}.`)
})

it('JW02 refuses HS256 keyed with the public key', async () => {
  const publicKey = createPublicKey(knownKey('RS256'))
  await issuer.publish({ alg: 'RS256', kid: 'rsa', key: knownKey('RS256') })
  const [, claims] = (await issuer.token()).split('.')
  for (const secret of [
    publicKey.export({ type: 'spki', format: 'pem' }),
    publicKey.export({ type: 'spki', format: 'der' }),
  ]) {
    const input = `${part({ alg: 'HS256', kid: 'rsa', typ: 'at+jwt' })}.${claims}`
    const mac = createHmac('sha256', secret).update(input).digest('base64url')
    expect(await reasonFor(`${input}.${mac}`)).toContain('alg "HS256" is not accepted')
  }
  await issuer.publish(firstKey)
})

it('JW03 looks at no key or address in the header', async () => {
  const own = await freshKey('first')
  const jwk = await publicJwk(own)
  issuer.json('/evil', { keys: [jwk] })
  const addresses = { jku: `${issuer.origin}/evil`, x5u: `${issuer.origin}/evil` }
  for (const header of [{ jwk }, addresses, { ...addresses, jwk, kid: 'unknown' }])
    await reasonFor(await issuer.token({}, header, own))
  for (const kid of ['../../etc/passwd', "' OR 1=1", '__proto__']) await reasonOf({}, { kid })
  expect(issuer.count('/evil')).toBe(0)
})

it('JW04 refuses crit, even with extensions that jose knows', async () => {
  const token = await issuer.token()
  const [, claims] = token.split('.')
  for (const crit of [['b64'], ['x'], [], 'b64']) {
    const header = part({ alg: 'ES256', kid: 'first', typ: 'at+jwt', crit, b64: true, x: 1 })
    await reasonFor(`${header}.${claims}.${token.split('.')[2]}`)
  }
  const signed = await signJwt({ typ: 'at+jwt', crit: ['b64'], b64: true }, { iss: issuer.issuer })
  expect(await reasonFor(signed)).toContain('crit')
})

it('JW05 refuses what is no compact JWS', async () => {
  const token = await issuer.token()
  const deep = `${part(`{"alg":"ES256","kid":"first","typ":${'['.repeat(6000)}${']'.repeat(6000)}}`)}.e30.AA`
  for (const text of [
    '',
    'x',
    `${token}.`,
    `${token}.x`,
    ` ${token}`,
    `${token}=`,
    `${token}é`,
    deep,
    'a'.repeat(20_000),
  ])
    await reasonFor(text)
  expect(await reasonOf({ padding: 'x'.repeat(16_000) })).toContain('longer than 16384')
  const claims = JSON.stringify({ iss: issuer.issuer })
  for (const text of ['null', '[]', '"text"', '{"iss":', `\ufeff${claims}`])
    await reasonFor(await signJwt({ typ: 'at+jwt' }, text))
})

it('JW06 refuses times that are none, and obeys those that are', async () => {
  for (const exp of [undefined, 'tomorrow', '1900000000', null, -1, 1e308, true])
    expect(await reasonOf({ exp })).toContain('exp')
  for (const iat of [undefined, 'now', null]) expect(await reasonOf({ iat })).toContain('iat')
  const now = issuer.clock.now()
  expect(await reasonOf({ exp: now - 6 })).toBe('expired 6 s ago')
  expect(await reasonOf({ iat: now + 6 })).toContain('iat is 6 s in the future')
  expect(await reasonOf({ nbf: now + 6 })).toContain('nbf is 6 s in the future')
  expect(
    await verifier.verify(await issuer.token({ exp: now - 4, iat: now + 4, nbf: now + 4 })),
  ).toBeDefined()
})

it('JW07 refuses an ID token, a logout token and every other kind', async () => {
  for (const typ of ['JWT', 'logout+jwt', 'statuslist+jwt', 'dpop+jwt', 'application/jwt', '', undefined, 1])
    expect(await reasonOf({}, { typ })).toContain('not at+jwt')
})

it('JW08 JW18 refuses tokens of another issuer and for another API', async () => {
  for (const aud of ['https://other.test', `${api}/`, [], ['https://other.test'], undefined, {}, ''])
    expect(await reasonOf({ aud })).toContain('aud is')
  for (const iss of ['https://other.test', `${issuer.issuer}/`, undefined])
    expect(await reasonOf({ iss })).toContain('iss is')
  expect(await verifier.verify(await issuer.token({ aud: ['https://other.test', api] }))).toBeDefined()
})

it('refuses tokens without sub, client_id or jti (RFC 9068 2.2)', async () => {
  for (const name of ['sub', 'client_id', 'jti'])
    for (const value of [undefined, '', 1, null]) expect(await reasonOf({ [name]: value })).toContain(name)
})

it('JW10 leaves out keys that are too weak, too large, private or secret', async () => {
  const rs256 = { alg: 'RS256', kid: 'rsa', key: knownKey('RS256') }
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const { n, ...rest } = createPublicKey(knownKey('RS256')).export({ format: 'jwk' })
  const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 'oct', alg: 'HS256' }
  const exposed = { ...knownKey('ES256').export({ format: 'jwk' }), kid: 'exposed', alg: 'ES256' }
  issuer.json(issuer.paths.keys, {
    keys: [
      secret,
      exposed,
      { ...rest, n: `${n}${n}`.slice(0, 684), kid: 'large', alg: 'RS256' },
      { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' },
      { ...createPublicKey(knownKey('RS256')).export({ format: 'jwk' }), e: 'AQ', kid: 'e', alg: 'RS256' },
      null,
      7,
      await publicJwk(firstKey),
    ],
  })
  await verifier.verify(await issuer.token())
  const signers = { oct: firstKey, exposed: firstKey, large: rs256, e: rs256 }
  for (const [kid, key] of Object.entries(signers))
    expect(await reasonFor(await issuer.token({}, {}, { ...key, kid })), kid).toContain(
      'no key that the issuer publishes',
    )
  // Nothing signs with a key that weak any more, so the signature is made by hand.
  const input = (await issuer.token({}, { alg: 'RS256', kid: 'weak' }, { ...rs256, kid: 'weak' })).replace(
    /\.[^.]*$/,
    '',
  )
  const signature = sign('sha256', Buffer.from(input), weak.privateKey).toString('base64url')
  expect(await reasonFor(`${input}.${signature}`)).toContain('2048')
  await issuer.publish(firstKey)
})

describe('what an operation asks for', () => {
  const asking = async (claims: Members, requirements: object) =>
    refusal(verifier.verify(await issuer.token(claims), requirements))

  it('is a scope: all of them, as whole words (RFC 6750 3.1)', async () => {
    const token = await issuer.token({ scope: 'api:read api:write' })
    expect(await verifier.verify(token, { scope: 'api:read' })).toBeDefined()
    expect(await verifier.verify(token, { scope: ['api:write', 'api:read'] })).toBeDefined()
    for (const scope of ['api:delete', 'api', 'api:read api:delete', ['api:delete', 'api:read']]) {
      const error = await refusal(verifier.verify(token, { scope }))
      expect([error.status, error.code]).toEqual([403, 'insufficient_scope'])
      expect(error.wwwAuthenticate).toContain(`scope="${[scope].flat().join(' ')}"`)
    }
    expect((await asking({}, { scope: 'api:read' })).code).toBe('insufficient_scope')
  })

  it('is a way of signing in, or a recent one (RFC 9470 3)', async () => {
    const now = issuer.clock.now()
    const token = await issuer.token({ acr: 'mfa', auth_time: now - 100 })
    expect(await verifier.verify(token, { acr: ['phr', 'mfa'], maxAge: 100 })).toBeDefined()
    const weak = await refusal(verifier.verify(token, { acr: ['phr', 'phrh'] }))
    expect([weak.status, weak.code]).toEqual([401, 'insufficient_user_authentication'])
    expect(weak.wwwAuthenticate).toContain('acr_values="phr phrh"')
    const old = await refusal(verifier.verify(token, { maxAge: 99 }))
    expect(old.wwwAuthenticate).toMatch(/^Bearer error="insufficient_user_authentication", .*max_age="99"$/)
    expect((await asking({ acr: 'mfa' }, { maxAge: 99 })).reason).toContain('auth_time')
    expect((await asking({ auth_time: now }, { acr: 'mfa' })).code).toBe('insufficient_user_authentication')
  })
})

describe('a remembered token', () => {
  it('is not proven again, and there are only so many', async () => {
    const few = issuer.verifier({ rememberTokens: 2 })
    const none = issuer.verifier({ rememberTokens: 0 })
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => issuer.token()))
    const proofs = vi.spyOn(crypto.subtle, 'verify')
    const proven = async (by: Verifier, ...tokens: (string | undefined)[]) => {
      proofs.mockClear()
      for (const token of tokens) await by.verify(token as string)
      return proofs.mock.calls.length
    }
    expect(await proven(few, a, b, a, b)).toBe(2)
    expect(await proven(few, c, b, c)).toBe(1)
    expect(await proven(few, a)).toBe(1)
    expect(await proven(none, a, a)).toBe(2)
  })

  it('still expires', async () => {
    const token = await issuer.token({ exp: issuer.clock.now() + 10 })
    await verifier.verify(token)
    await issuer.clock.pass(16)
    expect(await reasonFor(token)).toContain('expired')
  })

  it('JW14 is forgotten when the issuer withdraws keys', async () => {
    const token = await issuer.token({ exp: issuer.clock.now() + 3600 })
    await verifier.verify(token)
    await issuer.publish(await freshKey('second'))
    await issuer.clock.pass(301)
    expect(await reasonFor(token)).toContain('no key that the issuer publishes')
    await issuer.publish(firstKey)
  })

  it('answers to what this operation asks, not the one before', async () => {
    const token = await issuer.token({ scope: 'api:read' })
    await verifier.verify(token, { scope: 'api:read' })
    expect((await refusal(verifier.verify(token, { scope: 'api:write' }))).code).toBe('insufficient_scope')
  })
})

it('tells options that cannot be, by name', () => {
  const { issuer: own } = issuer
  const faults: [object, RegExp][] = [
    [{ issuer: 'http://as.example.com' }, /^issuer:/],
    [{ issuer: `${own}?x=1` }, /^issuer:/],
    [{ audience: '' }, /^audience:/],
    [{ audience: [] }, /^audience:/],
    [{ algorithms: ['HS256'] }, /^algorithms: HS256/],
    [{ algorithms: ['none'] }, /^algorithms: none/],
    [{ jwksUri: 'http://keys.example.com' }, /^jwksUri:/],
    [{ tolerance: Number.NaN }, /^tolerance:/],
    [{ whenListUnavailable: 'ignore' }, /^whenListUnavailable:/],
    [{ listOrigins: ['http://lists.example.com'] }, /^listOrigins:/],
  ]
  for (const [options, message] of faults) expect(() => issuer.verifier(options)).toThrow(message)
})
