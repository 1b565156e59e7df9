// Owns the relying party of the OpenID Foundation's suite: what every module of every plan checks on its way.
import { createHash } from 'node:crypto'
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { expect } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { tally } from '../support/connected.js'
import { authorizeUrl, type Changes, exchange, type Started, type Tokens, walk } from '../support/flow.js'
import type { Registered, TestServer } from '../support/server.js'

export const goodbye = 'https://app.test/bye'

/** A person with a value for every claim of OIDC Core 5.1 that an account may have. */
const claims = {
  name: 'Jane Q. Doe',
  given_name: 'Jane',
  family_name: 'Doe',
  middle_name: 'Q.',
  nickname: 'JD',
  profile: 'https://people.test/jane',
  picture: 'https://people.test/jane.png',
  website: 'https://jane.test/',
  gender: 'female',
  birthdate: '1990-02-28',
  zoneinfo: 'Europe/Paris',
  locale: 'en-GB',
  phone_number: '+1 555 0100',
  phone_number_verified: true,
  address: { formatted: '1 High Street, Springfield', country: 'US' },
}

/** What comes back to the app. `asked` is the heading of the first page shown on the way, if one was. */
export type Answer = Started & { params: URLSearchParams; asked: string | undefined }
export type SignIn = Answer & { tokens: Tokens; idToken: JWTPayload; alg: string; kid: string | undefined }

const noChallenge = { code_challenge: undefined, code_challenge_method: undefined }

type Options = { app?: Registered; params?: Changes; method?: 'GET' | 'POST' }

let people = 0

/**
 * A relying party with a client, a person and a browser of its own.
 * @param responseMode sent with every request, and what every answer must come by
 */
export async function createRelyingParty(server: TestServer, responseMode?: 'form_post') {
  const asTheSuite = { post_logout_redirect_uris: [goodbye], require_pkce: false, id_token_claims: 'minimal' }
  const register = (metadata: Record<string, unknown> = {}) =>
    server.addClient('web', { ...asTheSuite, ...metadata })
  const client = await register()
  people += 1
  const person = await server.addUser({ username: `jane${people}`, claims })
  const browser = createBrowser(server)
  const json = async (path: string) => {
    const response = await server.fetch(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
    return response.json()
  }
  const metadata = (await json('/.well-known/openid-configuration')) as Record<string, string & string[]>
  const keys = (await json('/jwks')) as JSONWebKeySet

  /** The suite sends a challenge in one module only. */
  const startedBy = (params: Changes = {}, app = client) =>
    authorizeUrl(server, app, {
      response_mode: responseMode,
      ...(app.client.metadata.require_pkce === false && noChallenge),
      ...params,
    })

  /** Goes on to the answer, as far as there is something to do; by POST nothing of it is in the address. */
  async function arrive(): Promise<URLSearchParams> {
    const answer = await walk(browser, person)
    const { left } = browser.view
    expect(left?.method).toBe(responseMode === undefined ? 'GET' : 'POST')
    if (responseMode !== undefined) expect(left?.url.search).toBe('')
    return answer
  }

  async function authorize({ app = client, params, method = 'GET' }: Options = {}): Promise<Answer> {
    const started = startedBy(params, app)
    const fields = Object.fromEntries(new URL(started.url).searchParams)
    if (method === 'GET') await browser.open(started.url)
    else await browser.post('/authorize', fields, { from: 'https://app.test' })
    const { left, forms, url, heading } = browser.view
    const isAnswer = left ?? forms.find(({ action }) => new URL(action).origin !== url.origin)
    const asked = isAnswer ? undefined : heading
    const answer = await arrive()
    expect(answer.get('state')).toBe(started.state)
    expect(answer.get('iss')).toBe(server.issuer)
    if (answer.has('error')) {
      const expected = ['error', 'error_description', 'iss', 'state']
      expect([...answer.keys()].sort()).toEqual(expected)
      expect(answer.get('error_description')).toMatch(/^[ !#-[\]-~]+$/)
    }
    return { ...started, params: answer, asked }
  }

  async function redeem(answer: Answer, app = client, changes: Changes = {}): Promise<Tokens> {
    const code = answer.params.get('code') ?? ''
    const challenged = new URL(answer.url).searchParams.has('code_challenge')
    const unchallenged = challenged ? {} : { code_verifier: undefined }
    const response = await exchange(server, app, { ...answer, code }, { ...unchallenged, ...changes })
    return checkedTokens(response)
  }

  async function signIn(options: Options & { changes?: Changes } = {}): Promise<SignIn> {
    const answer = await authorize(options)
    expect(Object.fromEntries(answer.params)).not.toHaveProperty('error')
    const tokens = await redeem(answer, options.app, options.changes)
    const verified = await verifyIdToken(tokens, options.app)
    const nonce = new URL(answer.url).searchParams.get('nonce') ?? undefined
    expect(verified.idToken.nonce).toBe(nonce)
    return { ...answer, tokens, ...verified }
  }

  /** OIDC Core 3.1.3.7, and that nothing is in it that nobody asked for. */
  async function verifyIdToken({ id_token = '', access_token }: Tokens, app = client) {
    const { payload, protectedHeader } = await jwtVerify(id_token, createLocalJWKSet(keys), {
      issuer: metadata.issuer as string,
      audience: app.client.id,
      currentDate: new Date(server.clock.now * 1000),
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    })
    expect(payload.iat).toBe(server.clock.now)
    expect([undefined, app.client.id]).toContain(payload.azp)
    const { alg, kid } = protectedHeader
    const digest = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
      .update(access_token)
      .digest()
    expect(payload.at_hash).toBe(digest.subarray(0, digest.length / 2).toString('base64url'))
    const usual = 'iss sub aud exp iat auth_time nonce acr amr azp at_hash sid'.split(' ')
    expect(usual).toEqual(expect.arrayContaining(Object.keys(payload)))
    return { idToken: payload, alg, kid }
  }

  /** The claims that UserInfo gives for a token: by GET and header unless said. */
  async function userInfo(token: string, how: 'get' | 'post-header' | 'post-body' = 'get') {
    const header = { Authorization: `Bearer ${token}` }
    const response = await server.fetch(
      metadata.userinfo_endpoint as string,
      {
        get: { headers: header },
        'post-header': { method: 'POST', headers: header },
        'post-body': { method: 'POST', body: new URLSearchParams({ access_token: token }) },
      }[how],
    )
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
    return (await response.json()) as Record<string, unknown>
  }

  return {
    server,
    client,
    person,
    browser,
    metadata,
    keys,
    register,
    startedBy,
    arrive,
    authorize,
    redeem,
    signIn,
    verifyIdToken,
    userInfo,
  }
}

export type RelyingParty = Awaited<ReturnType<typeof createRelyingParty>>

/** The tokens of a good answer of the token endpoint (RFC 6749 5.1). */
export async function checkedTokens(response: Response): Promise<Tokens> {
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
  expect(response.headers.get('cache-control')).toContain('no-store')
  const tokens = (await response.json()) as Tokens
  expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) })
  expect(entropy(tokens.access_token)).toBeGreaterThan(96)
  return tokens
}

/** Bits, by how often each character occurs. */
export function entropy(text: string): number {
  const counts = Object.values(tally([...text]))
  return -counts.reduce((sum, count) => sum + count * Math.log2(count / text.length), 0)
}
