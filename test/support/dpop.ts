// Owns a client that proves its key (RFC 9449 4): proofs as they should be, or bent, and the nonce it was given last.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { CompactSign } from 'jose'
import { thumbprint } from '../../src/protocol/jwk.js'
import { authenticatedPost, type Changes, type Tokens } from './flow.js'
import type { Registered, TestServer } from './server.js'

export type Members = Record<string, unknown>
export type Prover = ReturnType<typeof createProver>

/** SHA-256 of an access token, for `ath` (RFC 9449 4.2). */
export const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')

/** A client with a P-256 key of its own, at this server. */
export function createProver(server: TestServer) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk: Members = { ...publicKey.export({ format: 'jwk' }) }
  let nonce: string | undefined

  /** A proof for this endpoint, unless told otherwise; with the last nonce. */
  const proof = (
    path: string,
    claims: Members = {},
    {
      method = 'POST',
      header = {},
      key = privateKey,
    }: { method?: string; header?: Members; key?: KeyObject } = {},
  ): Promise<string> => {
    const jti = randomBytes(16).toString('base64url')
    const usual = { jti, htm: method, htu: server.issuer + path, iat: server.clock.now, nonce }
    return new CompactSign(Buffer.from(JSON.stringify({ ...usual, ...claims })))
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })
      .sign(key)
  }

  const heard = (response: Response): Response => {
    nonce = response.headers.get('dpop-nonce') ?? nonce
    return response
  }

  /** As clients do it: once more when a nonce is asked for. */
  const withNonce = async (ask: () => Promise<Response>): Promise<Response> => {
    const response = heard(await ask())
    if (response.ok) return response
    const { error } = (await response.clone().json()) as { error?: string }
    return error === 'use_dpop_nonce' ? heard(await ask()) : response
  }

  const post = (app: Registered, params: Changes, dpop: string, at = server) =>
    authenticatedPost(at, '/token', app, params, { DPoP: dpop })

  return {
    jwk,
    privateKey,
    jkt: thumbprint(jwk),
    proof,
    /** Sends exactly this proof. */
    post,
    /** Asks the token endpoint with a proof. */
    token: (app: Registered, params: Changes) =>
      withNonce(async () => post(app, params, await proof('/token'))),
    /** Asks UserInfo with the token and a proof for it. */
    userinfo: (token: string, claims: Members = {}) =>
      withNonce(async () => {
        const dpop = await proof('/userinfo', { ath: hashOf(token), ...claims }, { method: 'GET' })
        return server.fetch('/userinfo', { headers: { Authorization: `DPoP ${token}`, DPoP: dpop } })
      }),
    /** The nonce that the server gives out now. */
    async learnNonce(app: Registered): Promise<string> {
      heard(await post(app, { grant_type: 'client_credentials' }, await proof('/token', { nonce: 'stale' })))
      if (nonce === undefined) throw new Error('no nonce was given out')
      return nonce
    },
  }
}

/** The parameters that redeem a code. */
export const codeParams = (got: { code: string; redirectUri: string; verifier: string }): Changes => ({
  grant_type: 'authorization_code',
  code: got.code,
  redirect_uri: got.redirectUri,
  code_verifier: got.verifier,
})

export const refreshParams = ({ refresh_token }: Tokens): Changes => ({
  grant_type: 'refresh_token',
  refresh_token,
})
