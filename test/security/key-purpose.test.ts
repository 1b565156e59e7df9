// What a JWK says that it is for is honoured wherever a key is used (RFC 7517 4.2-4.4, RFC 8725 3.1).
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { CompactSign } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseClientMetadata } from '../../src/protocol/client.js'
import { assertedPost, assertionOf, publicJwk, signing } from '../support/assertion.js'
import { outcome } from '../support/connected.js'
import { createProver, hashOf } from '../support/dpop.js'
import { authenticatedPost } from '../support/flow.js'
import { type Issuer, refusal, startIssuer } from '../support/issuer.js'
import { knownKey } from '../support/keys.js'
import { minimal, postRegistration } from '../support/registration.js'
import { signedRequest } from '../support/request-object.js'
import type { TestServer } from '../support/server.js'
import { assertionFor, bearer, idp, signedByIdp, type Trusting, trustingScene } from '../support/trusted.js'

const rsa = knownKey('RS256')
/** Ways in which the RSA key says that RS256 is not for it; and ways in which it says nothing against it. */
const forbidding: Record<string, object> = {
  'alg is PS256': { alg: 'PS256' },
  'alg is RS512': { alg: 'RS512' },
  'use is enc': { use: 'enc' },
  'key_ops has no verify': { key_ops: ['sign'] },
  'use is sig, but key_ops is encrypt': { use: 'sig', key_ops: ['encrypt'] },
}
const permitting: Record<string, object> = {
  'nothing is said': {},
  'alg, use and key_ops fit': { alg: 'RS256', use: 'sig', key_ops: ['verify'] },
}
const cases = [
  ...Object.entries(forbidding).map(([name, members]) => [name, members, false] as const),
  ...Object.entries(permitting).map(([name, members]) => [name, members, true] as const),
]
/** A set of such a key and one that is of use for something, so that it can be registered. */
const setOf = (members: object, kid?: string) => ({
  keys: [publicJwk(rsa, { kid, ...members }), publicJwk(knownKey('ES256'), { kid: 'other' })] as never[],
})

let scene: Trusting
let server: TestServer
let issuer: Issuer
beforeAll(async () => {
  scene = await trustingScene({ config: { clientRegistration: 'token' } })
  server = scene.server
  issuer = await startIssuer()
})
afterAll(async () => {
  await server.close()
  await issuer.close()
})

/** Signs a DPoP proof by an algorithm, with the key in its header. */
const proofBy = (alg: string, key: KeyObject, jwk: object, claims: object) =>
  new CompactSign(Buffer.from(JSON.stringify({ jti: String(Math.random()), ...claims })))
    .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: { ...jwk } as never })
    .sign(key)

describe.each(cases)('CF03: a key whose %s', (_name, members, isGood) => {
  const jwk = publicJwk(rsa, members)

  it('signs a DPoP proof at the token endpoint', async () => {
    const app = await server.addClient('service')
    const nonce = await createProver(server).learnNonce(app)
    const claims = { htm: 'POST', htu: `${server.issuer}/token`, iat: server.clock.now, nonce }
    const good = await proofBy('RS256', rsa, publicJwk(rsa), claims)
    const post = async (dpop: string) =>
      outcome(
        await authenticatedPost(server, '/token', app, { grant_type: 'client_credentials' }, { DPoP: dpop }),
      )
    // Known before, so that no cache of keys answers for what this one says.
    expect(await post(good)).toBe('200')
    expect(await post(await proofBy('RS256', rsa, jwk, claims))).toBe(
      isGood ? '200' : '400 invalid_dpop_proof',
    )
  })

  it('signs a DPoP proof at an API with grantor/verify', async () => {
    const prints = createPublicKey(rsa).export({ format: 'jwk' })
    const { calculateJwkThumbprint } = await import('jose')
    const token = await issuer.token({ cnf: { jkt: await calculateJwkThumbprint(prints as never) } })
    const url = 'https://api.test/things'
    const claims = { htm: 'GET', htu: url, iat: issuer.clock.now(), ath: hashOf(token) }
    const verifier = issuer.verifier()
    const ask = async (dpop: string) =>
      verifier.verify({ method: 'GET', url, headers: { authorization: `DPoP ${token}`, dpop } })
    expect(await ask(await proofBy('RS256', rsa, publicJwk(rsa), claims))).toBeDefined()
    const asked = ask(await proofBy('RS256', rsa, jwk, claims))
    if (isGood) expect(await asked).toBeDefined()
    else expect((await refusal(asked)).code).toBe('invalid_dpop_proof')
  })

  it('authenticates a client', async () => {
    const app = await server.addClient('service', signing('RS256', { jwks: setOf(members) }))
    const assertion = await assertionOf(server, app, { header: { alg: 'RS256' }, key: rsa })
    const asked = assertedPost(server, '/token', assertion, { grant_type: 'client_credentials' })
    expect(await outcome(await asked)).toBe(isGood ? '200' : '401 invalid_client')
  })

  it('signs a request object', async () => {
    const app = await server.addClient('web', { jwks: setOf(members) })
    const { request } = await signedRequest(server, app, { header: { alg: 'RS256' }, key: rsa })
    const asked = await outcome(await authenticatedPost(server, '/par', app, { request }))
    expect(asked).toBe(isGood ? '201' : '400 invalid_request_object')
  })

  it('signs an assertion of a trusted issuer', async () => {
    await scene.trust({ jwks: setOf(members, 'idp') })
    const assertion = await assertionFor(scene, { alg: 'RS256' })
    expect(await outcome(await bearer(scene, assertion))).toBe(isGood ? '200' : '400 invalid_grant')
  })

  it('signs a software statement', async () => {
    await scene.trust({ jwks: setOf(members, 'idp'), accepts: ['software-statement'] })
    const claims = { iss: idp, iat: server.clock.now, software_id: 'x', redirect_uris: ['https://x.test/cb'] }
    const software_statement = await signedByIdp(claims, { alg: 'RS256' })
    const asked = await outcome(await postRegistration(server, { ...minimal, software_statement }))
    expect(asked).toBe(isGood ? '201' : '400 invalid_software_statement')
  })

  it('signs an access token that grantor/verify reads', async () => {
    const own = await startIssuer()
    own.json(own.paths.keys, { keys: [publicJwk(rsa, { kid: 'rsa', ...members })] })
    const token = await own.token({}, {}, { alg: 'RS256', kid: 'rsa', key: rsa })
    const asked = own.verifier().verify(token)
    if (isGood) expect(await asked).toBeDefined()
    else expect((await refusal(asked)).reason).toMatch(/no key that the issuer publishes for it: its /)
    await own.close()
  })
})

it('CF03: a key for PS256 verifies PS256', async () => {
  const app = await server.addClient('service', signing('RS256', { jwks: setOf({ alg: 'PS256' }) }))
  const assertion = await assertionOf(server, app, { header: { alg: 'PS256' }, key: rsa })
  const asked = assertedPost(server, '/token', assertion, { grant_type: 'client_credentials' })
  expect(await outcome(await asked)).toBe('200')
})

it('CF03: EdDSA and Ed25519 are two names of one algorithm (RFC 9864 2.2)', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  for (const [said, by] of [
    ['EdDSA', 'Ed25519'],
    ['Ed25519', 'EdDSA'],
  ] as const) {
    const jwks = { keys: [publicJwk(privateKey, { alg: said })] }
    const app = await server.addClient('service', signing('EdDSA', { jwks }))
    const assertion = await assertionOf(server, app, { header: { alg: by }, key: privateKey })
    const asked = assertedPost(server, '/token', assertion, { grant_type: 'client_credentials' })
    expect(await outcome(await asked), `${said} by ${by}`).toBe('200')
  }
})

it('CF03: a client without any key that its assertions could be verified with is not registered', () => {
  const register = (members: object, more: object = {}) =>
    parseClientMetadata('service', {
      client_name: 'x',
      ...signing('RS256', { jwks: { keys: [publicJwk(rsa, members)] }, ...more }),
    })
  for (const members of [{ use: 'enc' }, { alg: 'RS512' }, { key_ops: ['sign'] }])
    expect(() => register(members)).toThrow(
      /jwks: no key may verify ES256, .*see kty, crv, alg, use and key_ops/,
    )
  expect(() => register({ alg: 'PS256' }, { token_endpoint_auth_signing_alg: 'RS256' })).toThrow(
    /jwks: no key may verify RS256/,
  )
  expect(register({ alg: 'PS256', use: 'sig' })).toBeDefined()
})
