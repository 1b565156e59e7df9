// Clients with require_pkce=false: what still binds a code, who can have the switch, and what the other party must check.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeInvitation } from '../../src/crypto/client-registration.js'
import { newId } from '../../src/crypto/handle.js'
import { parseClientMetadata } from '../../src/protocol/client.js'
import { OAuthError } from '../../src/protocol/error.js'
import { documentAuthMethods, readSelfMade } from '../../src/protocol/registration.js'
import { signing } from '../support/assertion.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce, outcome, tally, userinfoStatus } from '../support/connected.js'
import { authorizeUrl, type Changes, claimsOf, exchange, getCode, tokensOf, walk } from '../support/flow.js'
import { push, pushedUrl } from '../support/par.js'
import { appOf, manage, postRegistration, registerApp } from '../support/registration.js'
import { signedRequest } from '../support/request-object.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { ask } from '../support/verdict.js'

const callbacks = ['https://app.test/cb', 'https://app.test/other']
const bare = { code_challenge: undefined, code_challenge_method: undefined }
const switchedOff = { redirect_uris: callbacks, require_pkce: false }

let server: TestServer
let alice: Person
let browser: Browser
let app: Registered

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  alice = await server.addUser()
  browser = createBrowser(server)
  app = await server.addClient('web', switchedOff)
  await getCode(server, browser, app, { person: alice })
})
afterAll(() => server.close())

/** A code for a request without a challenge. */
const bareCode = (params: Changes = {}, by = app, at = browser) =>
  getCode(server, at, by, { person: alice, params: { ...bare, ...params } })

/** Redeems it as an app without PKCE does. */
const redeemBare = (got: Awaited<ReturnType<typeof bareCode>>, changes: Changes = {}, by = app) =>
  exchange(server, by, got, { code_verifier: undefined, ...changes })

async function errorOf(response: Response): Promise<string> {
  const { error, error_description } = (await response.json()) as Record<string, string>
  return `${error}: ${error_description}`
}

describe('a confidential client with require_pkce=false', () => {
  it.each(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])(
    'AP01: gets a code without code_challenge and redeems it (%s)',
    async (method) => {
      const keys = method === 'private_key_jwt' ? signing() : {}
      const one = await server.addClient('web', {
        ...switchedOff,
        token_endpoint_auth_method: method,
        ...keys,
      })
      const nonce = 'n-0S6_WzA2Mj "\\ü'
      const got = await bareCode({ nonce }, one)
      const { id_token = '' } = await tokensOf(await redeemBare(got, {}, one))
      expect(claimsOf(id_token).nonce).toBe(nonce)
    },
  )

  it('AP01: gets one by a form, and by a pushed request', async () => {
    const posted = await bareCode({ response_mode: 'form_post' })
    expect(await outcome(await redeemBare(posted))).toBe('200')
    const pushed = await pushedUrl(server, app, bare)
    await browser.open(pushed.url)
    const code = (await walk(browser)).get('code') ?? ''
    expect(await outcome(await redeemBare({ ...pushed, code, answer: new URLSearchParams() }))).toBe('200')
  })

  it('AP01: gets one by a signed request object', async () => {
    const signer = await server.addClient('web', { ...switchedOff, ...signing() })
    await bareCode({}, signer)
    const signed = await signedRequest(server, signer, { claims: bare })
    await browser.open(signed.url)
    const code = (await walk(browser)).get('code') ?? ''
    expect(code).not.toBe('')
    const got = { ...signed, code, answer: new URLSearchParams() }
    expect(await outcome(await redeemBare(got, {}, signer))).toBe('200')
  })

  it('AP01: names the redirect URI of the request at /token, and is told when it does not', async () => {
    const got = await bareCode()
    expect(await errorOf(await redeemBare(got, { redirect_uri: undefined }))).toMatch(
      /^invalid_grant: redirect_uri is missing/,
    )
    for (const redirect_uri of ['https://app.test/other', 'https://app.test/cb/', 'https://evil.test/cb'])
      expect(await outcome(await redeemBare(got, { redirect_uri }))).toBe('400 invalid_grant')
    expect(await outcome(await redeemBare(got))).toBe('200')
  })

  it('AP01: redeems no code of another client, and a code once: fifty at once end the grant', async () => {
    const other = await server.addClient('web', switchedOff)
    const got = await bareCode()
    expect(await outcome(await redeemBare(got, {}, other))).toBe('400 invalid_grant')
    const { access_token } = await tokensOf(await redeemBare(got))
    const wrong = await redeemBare(got, { redirect_uri: 'https://app.test/other' })
    expect(await outcome(wrong)).toBe('400 invalid_grant')
    expect(await userinfoStatus(server, access_token), 'the sender knew less than the app').toBe(200)
    expect(await outcome(await redeemBare(got))).toBe('400 invalid_grant')
    expect(await userinfoStatus(server, access_token)).toBe(401)
    const again = await bareCode()
    const answers = await atOnce(async () => outcome(await redeemBare(again)))
    expect(tally(answers)).toEqual({ '200': 1, '400 invalid_grant': 49 })
  })

  it('AP01: a challenge that is sent is enforced, and plain stays refused', async () => {
    const wrong: Changes[] = [
      { code_challenge_method: 'plain' },
      { code_challenge_method: undefined },
      { code_challenge: 'short' },
    ]
    for (const changes of wrong)
      expect(await ask(server, app, changes, { browser })).toBe('RD:invalid_request')
    const got = await getCode(server, browser, app)
    for (const code_verifier of [undefined, 'a'.repeat(43)])
      expect(await outcome(await exchange(server, app, got, { code_verifier }))).toBe('400 invalid_grant')
    expect(await outcome(await exchange(server, app, got))).toBe('200')
  })

  it('PK05: downgrade: a verifier without a challenge is refused, and costs the app nothing', async () => {
    const method = { code_challenge: undefined, code_challenge_method: 'S256' }
    expect(await ask(server, app, method, { browser }), 'half removed').toBe('RD:invalid_request')
    const got = await bareCode()
    for (const code_verifier of [got.verifier, 'a'.repeat(43), 'x'])
      expect(await errorOf(await redeemBare(got, { code_verifier }))).toMatch(
        /^invalid_grant: code_verifier belongs to no code_challenge/,
      )
    expect(await outcome(await redeemBare(got))).toBe('200')
  })

  it('AP01: loses the codes of before once PKCE is needed again', async () => {
    const turned = await server.addClient('web', switchedOff)
    const got = await bareCode({}, turned)
    const metadata = { ...turned.client.metadata, require_pkce: true }
    const { id } = turned.client
    await server.deps.store.clients.update({ id, metadata, updatedAt: server.clock.now })
    expect(await errorOf(await redeemBare(got, {}, turned))).toMatch(
      /^invalid_grant: the client uses PKCE now/,
    )
    expect(await ask(server, turned, bare, { browser })).toBe('RD:invalid_request')
  })

  it('PK08: an injected code of another user shows by the nonce alone, and with PKCE not at all', async () => {
    const victim = await bareCode()
    // The attacker begins a sign-in of their own at the app and comes back with the code of the victim.
    const attack = authorizeUrl(server, app, bare)
    const { id_token = '' } = await tokensOf(await redeemBare({ ...victim, ...attack }))
    const { nonce } = claimsOf(id_token)
    expect(nonce).toBe(victim.nonce)
    expect(nonce, 'an app that compares it stops here').not.toBe(attack.nonce)
    const careful = await server.addClient('web')
    const stolen = await getCode(server, browser, careful)
    const own = authorizeUrl(server, careful)
    const injected = await exchange(server, careful, { ...stolen, verifier: own.verifier })
    expect(await outcome(injected)).toBe('400 invalid_grant')
  })
})

describe('without the switch', () => {
  const description = async (one: Registered) => {
    await browser.open(authorizeUrl(server, one, bare).url)
    return browser.view.left?.params.get('error_description')
  }

  it('AP01: the error names the command that switches PKCE off, to clients that can have it', async () => {
    const web = await server.addClient('web')
    const command = `grantor client update ${web.client.id} --set require_pkce=false`
    expect(await description(web)).toContain(command)
    expect(await errorOf((await push(server, web, bare)).response)).toContain(command)
    const own = await server.addClient('web', {}, { verified: false })
    expect(await errorOf((await push(server, own, bare)).response)).toContain('invite --allow-no-pkce')
  })

  it('AP01: the error names no command to clients that always use PKCE', async () => {
    const always = (who: string) => `code_challenge is missing: ${who} always uses PKCE (S256)`
    expect(await description(await server.addClient('spa'))).toBe(always('a public client'))
    const pushes = await server.addClient('web', { require_pushed_authorization_requests: true })
    const { response } = await push(server, pushes, bare)
    expect(await errorOf(response)).toContain(always('a client that must push or sign its requests'))
  })
})

describe('PK09: who cannot switch PKCE off', () => {
  const secret = { token_endpoint_auth_method: 'client_secret_basic' }
  const fault = (kind: 'web' | 'spa' | 'native', members: object) => {
    try {
      return parseClientMetadata(kind, { client_name: 'X', redirect_uris: callbacks, ...members })
    } catch (error) {
      if (error instanceof OAuthError) return `${error.code}: ${error.description}`
      throw error
    }
  }

  it.each([
    [
      'a public web client',
      'web',
      { token_endpoint_auth_method: 'none' },
      /a public client always uses PKCE/,
    ],
    ['an app in a browser', 'spa', {}, /a public client always uses PKCE/],
    ['a native app', 'native', {}, /a public client always uses PKCE/],
    ['a native app with a secret', 'native', secret, /a native app always uses PKCE/],
    ['one that must push', 'web', { require_pushed_authorization_requests: true }, /must push or sign/],
    ['one that must sign', 'web', { require_signed_request_object: true }, /must push or sign/],
  ] as const)('PK09: %s', (_who, kind, members, expected) => {
    expect(fault(kind, { ...members, require_pkce: false })).toMatch(expected)
    expect(fault(kind, { ...members, require_pkce: true })).toHaveProperty('require_pkce', true)
  })

  const registration = { redirect_uris: callbacks, ...secret }
  const invited = (more: object = {}) => {
    const now = server.clock.now
    const invitation = { id: newId(now, randomBytes), exp: now + 60, uses: 9, ...more }
    const token = makeInvitation(server.deps.secrets, invitation, randomBytes)
    return { Authorization: `Bearer ${token}` }
  }
  const ownPkce = async (headers: Record<string, string>, more: object = {}) =>
    errorOf(await postRegistration(server, { ...registration, require_pkce: false, ...more }, headers))

  it('PK09: an app that registers itself, freely or by a token that does not allow it', async () => {
    for (const headers of [{}, invited()])
      expect(await ownPkce(headers)).toMatch(/^invalid_client_metadata: require_pkce.*--allow-no-pkce/)
    expect(await ownPkce(invited({ allowNoPkce: true }), { token_endpoint_auth_method: 'none' })).toMatch(
      /a public client always uses PKCE/,
    )
    expect(await ownPkce(invited({ allowNoPkce: true }), { redirect_uris: ['com.example.app:/cb'] })).toMatch(
      /a native app always uses PKCE/,
    )
    const document = { ...registration, ...signing() }
    const rules = { authMethods: documentAuthMethods, nativeSchemes: [] }
    const { metadata } = readSelfMade({ ...document, require_pkce: false }, rules)
    expect(metadata.require_pkce, 'a metadata document').toBeUndefined()
  })

  it('PK09: an app that changes its registration: it keeps the switch, never gains it, and never as a public one', async () => {
    const change = (made: Awaited<ReturnType<typeof registerApp>>, members: object) =>
      manage(server, made, 'PUT', { ...registration, client_id: made.client_id, ...members })
    const strict = await registerApp(server, registration, invited({ allowNoPkce: true }))
    expect(await errorOf(await change(strict, { require_pkce: false }))).toMatch(/--allow-no-pkce/)
    const sealed = await registerApp(server, registration)
    expect(await errorOf(await change(sealed, { require_pkce: false }))).toMatch(/--allow-no-pkce/)

    const members = { ...registration, require_pkce: false }
    const made = await registerApp(server, members, invited({ allowNoPkce: true }))
    expect(made.require_pkce).toBe(false)
    const own = appOf(made)
    expect(await outcome(await redeemBare(await bareCode({}, own), {}, own))).toBe('200')
    const none = { token_endpoint_auth_method: 'none', require_pkce: false }
    expect(await errorOf(await change(made, none))).toMatch(/a public client always uses PKCE/)
    const renamed = await change(made, { client_name: 'Renamed', require_pkce: false })
    expect(await renamed.json()).toMatchObject({ client_name: 'Renamed', require_pkce: false })
    expect(await (await change(made, {})).json()).not.toHaveProperty('require_pkce')
    expect(await errorOf(await change(made, { require_pkce: false }))).toMatch(/--allow-no-pkce/)
    expect(await ask(server, own, bare, { browser })).not.toBe('code')
  })
})
