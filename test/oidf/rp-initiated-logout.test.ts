// The OpenID Foundation's plan RP-initiated logout, each test by the name of its module.
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { View } from '../support/browser.js'
import { knownKey } from '../support/keys.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { createRelyingParty, goodbye, type RelyingParty, type SignIn } from './relying-party.js'

let server: TestServer
let rp: RelyingParty
let signedIn: SignIn
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
})
beforeEach(async () => {
  rp = await createRelyingParty(server)
  signedIn = await rp.signIn()
})
afterAll(() => server.close())

/** As long as the suite's. */
const state = 'abcdefgh'.repeat(16)

/** Leaves by the endpoint of the metadata with everything that there is to say, but for `changes`. */
function leave(changes: Record<string, string | undefined> = {}): Promise<View> {
  const all = {
    id_token_hint: signedIn.tokens.id_token,
    post_logout_redirect_uri: goodbye,
    state,
    ...changes,
  }
  const said = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return rp.browser.open(`${rp.metadata.end_session_endpoint}?${new URLSearchParams(said)}`)
}

/** What the suite asks for after a logout, and what tells a logout from a mere page. */
async function expectSignedOut(): Promise<void> {
  const { params, asked } = await rp.authorize({ params: { prompt: 'none' } })
  expect(asked).toBeUndefined()
  expect(params.get('error')).toBe('login_required')
}

async function expectStillSignedIn(): Promise<void> {
  expect((await rp.signIn({ params: { prompt: 'none' } })).idToken.sub).toBe(signedIn.idToken.sub)
}

const noRedirect = (view: View) => {
  expect(view.left).toBeUndefined()
  expect(view.heading).not.toBe('')
}

describe('oidcc-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-rp-initiated-logout-discovery-endpoint-verification', () => {
    expect(rp.metadata.end_session_endpoint).toBe(`${server.issuer}/end-session`)
  })

  it('oidcc-rp-initiated-logout', async () => {
    expect((await leave()).left?.url.href).toBe(`${goodbye}?state=${state}`)
    await expectSignedOut()
  })

  it('oidcc-rp-initiated-logout-no-state', async () => {
    expect((await leave({ state: undefined })).left?.url.href).toBe(goodbye)
    await expectSignedOut()
  })

  it.each([
    ['bad-post-logout-redirect-uri', `${goodbye}/oyWbkJ1g2z`],
    ['query-added-to-post-logout-redirect-uri', `${goodbye}?foo=bar`],
  ])('oidcc-rp-initiated-logout-%s', async (_name, uri) => {
    noRedirect(await leave({ post_logout_redirect_uri: uri }))
    await expectStillSignedIn()
  })

  it.each<[string, (idToken: string) => Promise<string | undefined>]>([
    ['modified-id-token-hint', async (idToken) => `${unsignedHeader}.${idToken.split('.')[1]}.`],
    ['bad-id-token-hint', async () => foreign()],
    ['no-id-token-hint', async () => undefined],
  ])('oidcc-rp-initiated-logout-%s: asks, and does not redirect even then', async (_name, forge) => {
    noRedirect(await leave({ id_token_hint: await forge(signedIn.tokens.id_token ?? '') }))
    noRedirect(await rp.browser.allow())
    await expectSignedOut()
  })

  it.each([
    ['no-params', { id_token_hint: undefined, post_logout_redirect_uri: undefined, state: undefined }],
    ['only-state', { id_token_hint: undefined, post_logout_redirect_uri: undefined }],
  ])('oidcc-rp-initiated-logout-%s: signs out, once the person has said so', async (_name, changes) => {
    noRedirect(await leave(changes))
    expect((await rp.browser.allow()).heading).toBe('You are signed out')
    await expectSignedOut()
  })

  it('oidcc-rp-initiated-logout-no-post-logout-redirect-uri', async () => {
    expect((await leave({ post_logout_redirect_uri: undefined })).heading).toBe('You are signed out')
    await expectSignedOut()
  })
})

const unsignedHeader = Buffer.from('{"alg":"none"}').toString('base64url')

/** The same claims under the kid of our key, signed by another. */
function foreign(): Promise<string> {
  const { alg, kid = '' } = signedIn
  return new SignJWT(signedIn.idToken).setProtectedHeader({ alg, kid, typ: 'JWT' }).sign(knownKey('PS256'))
}
