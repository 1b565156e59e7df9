// Proves the built server by what a bank would ask of it: pushed requests, keys instead of secrets, and bound tokens.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exportJWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBrowser } from '../../examples/demo/browser.js'
import { createGrantor, freePort, type Grantor } from '../../examples/demo/grantor.js'
import { listenForCode } from './mcp-client.js'
import { addPerson, letIn } from './person.js'

const insecure = { [oauth.allowInsecureRequests]: true }

let folder: string
let grantor: Grantor
let as: oauth.AuthorizationServer
let callback: Awaited<ReturnType<typeof listenForCode>>
let keys: CryptoKeyPair
let client: oauth.Client
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grantor-high-security-'))
  grantor = await createGrantor(folder, await freePort())
  await grantor.start()
  callback = await listenForCode()
  await addPerson(grantor)
  keys = await oauth.generateKeyPair('ES256', { extractable: true })
  const jwks = path.join(folder, 'jwks.json')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  await writeFile(jwks, JSON.stringify({ keys: [jwk] }))
  const { client_id = '' } = await grantor.cli([
    ...['client', 'create', '--kind', 'web', '--name', 'A bank', '--redirect-uri', callback.url],
    ...['--auth-method', 'private_key_jwt', '--jwks', jwks],
    ...['--set', 'require_pushed_authorization_requests=true', '--set', 'dpop_bound_access_tokens=true'],
    ...['--set', 'rotate_refresh_token=true'],
  ])
  client = { client_id }
  const issuer = new URL(grantor.issuer)
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure))
})
afterAll(async () => {
  callback?.stop()
  await grantor?.remove()
  await rm(folder, { recursive: true, force: true })
})

/** Once more where a nonce is asked for; how often that was is counted. */
let nonces = 0
async function withNonce<T>(ask: () => Promise<T>): Promise<T> {
  return ask().catch((error) => {
    if (!oauth.isDPoPNonceError(error)) throw error
    nonces++
    return ask()
  })
}

it('PAR, private_key_jwt, DPoP with nonces, code, refresh and UserInfo', async () => {
  const auth = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: 'one' })
  const bound = await oauth.generateKeyPair('ES256')
  const options = { ...insecure, DPoP: oauth.DPoP(client, bound) }
  const [verifier, state, nonce] = [
    oauth.generateRandomCodeVerifier(),
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
  ]
  const asked = {
    redirect_uri: callback.url,
    response_type: 'code',
    scope: 'openid profile offline_access',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const pushed = await withNonce(async () => {
    const response = await oauth.pushedAuthorizationRequest(as, client, auth, asked, options)
    return oauth.processPushedAuthorizationResponse(as, client, response)
  })
  const params = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })
  await letIn(`${as.authorization_endpoint}?${params}`)
  const code = oauth.validateAuthResponse(as, client, callback.last() ?? new URLSearchParams(), state)

  const first = await withNonce(async () => {
    const uri = callback.url
    const response = await oauth.authorizationCodeGrantRequest(as, client, auth, code, uri, verifier, options)
    return oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce })
  })
  expect(first).toMatchObject({ token_type: 'dpop', refresh_token: expect.any(String) })
  const second = await withNonce(async () => {
    const token = first.refresh_token ?? ''
    const response = await oauth.refreshTokenGrantRequest(as, client, auth, token, options)
    return oauth.processRefreshTokenResponse(as, client, response)
  })
  expect(second).toMatchObject({ token_type: 'dpop' })
  expect(second.refresh_token).not.toBe(first.refresh_token)
  const sub = oauth.getValidatedIdTokenClaims(first)?.sub ?? ''
  const told = await withNonce(async () => {
    const response = await oauth.userInfoRequest(as, client, second.access_token, options)
    return oauth.processUserInfoResponse(as, client, sub, response)
  })
  expect(told.sub).toBe(sub)
  expect(nonces).toBeGreaterThan(0)

  const asBearer = await oauth.userInfoRequest(as, client, second.access_token, insecure)
  expect(asBearer.status).toBe(401)
  const unpushed = new URLSearchParams({ client_id: client.client_id, ...asked })
  await createBrowser().open(`${as.authorization_endpoint}?${unpushed}`)
  expect(callback.last()?.get('error')).toBe('invalid_request')
})
