// Attacks on request objects (docs/threats.md PR08): what is not the client's own, for us and for now, is no request.
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assertionOf, type Bent, publicJwk, signing } from '../support/assertion.js'
import { createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { encryptedTokens } from '../support/encrypted.js'
import { authenticatedPost, authorizeUrl } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { signedRequest } from '../support/request-object.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let app: Registered
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', signing('ES256'))
})
afterAll(() => server.close())

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const inside = () => ({
  ...Object.fromEntries(new URL(authorizeUrl(server, app).url).searchParams),
  aud: server.issuer,
})

/** What the app hears, by redirect and from /par. */
async function heard(request: string, by = app): Promise<string[]> {
  const redirect_uri = by.client.metadata.redirect_uris[0] ?? ''
  const query = new URLSearchParams({ client_id: by.client.id, redirect_uri, state: 'outside', request })
  const { left } = await createBrowser(server).open(`/authorize?${query}`)
  expect(left?.params.get('state')).toBe('outside')
  expect(left?.params.get('iss')).toBe(server.issuer)
  return [
    left?.params.get('error') ?? '',
    await outcome(await authenticatedPost(server, '/par', by, { request })),
  ]
}
const refused = ['invalid_request_object', '400 invalid_request_object']

describe('PR08 a request object', () => {
  it.each<[string, (now: number) => Bent]>([
    ['signed by a key that the client has not registered', () => ({ header: { alg: 'RS256' } })],
    ['for another server', () => ({ claims: { aud: 'https://other.test' } })],
    ['for nobody', () => ({ claims: { aud: [] } })],
    ['that is over', (now) => ({ claims: { exp: now } })],
    ['not valid yet', (now) => ({ claims: { nbf: now + 600 } })],
    ['made tomorrow', (now) => ({ claims: { iat: now + 86_400 } })],
    ['with a time that is none', () => ({ claims: { exp: 'soon' } })],
    ['of another client', () => ({ claims: { client_id: 'another' } })],
    ['of no client', () => ({ claims: { client_id: undefined } })],
    ['by another issuer', () => ({ claims: { iss: 'another' } })],
    ['with the client as its subject', () => ({ claims: { sub: app.client.id } })],
    ['with another in it', () => ({ claims: { request: 'x.y.z' } })],
    ['with a reference in it', () => ({ claims: { request_uri: 'https://app.test/x' } })],
    ['with crit', () => ({ header: { crit: ['b64'], b64: true } })],
    ['of the type of an access token', () => ({ header: { typ: 'at+jwt' } })],
    ['of the type of a proof', () => ({ header: { typ: 'dpop+jwt' } })],
  ])('%s', async (_what, bend) => {
    expect(await heard((await signedRequest(server, app, bend(server.clock.now))).request)).toEqual(refused)
  })

  it('with a changed payload', async () => {
    const [header, , signature] = (await signedRequest(server, app)).request.split('.')
    expect(await heard(`${header}.${part({ ...inside(), scope: 'openid email' })}.${signature}`)).toEqual(
      refused,
    )
  })

  it.each(encryptedTokens)(
    'JW09 that is encrypted, %s: refused before it is opened',
    async (_header, token) => {
      expect(await heard(token)).toEqual(refused)
    },
  )

  it('that nobody has signed', async () => {
    expect(await heard(`${part({ alg: 'none' })}.${part(inside())}.`)).toEqual(refused)
    expect(await heard(`${part({ alg: 'none' })}.${part(inside())}.AA`)).toEqual(refused)
  })

  it('keyed with the public key as if it were a secret', async () => {
    const secret = Buffer.from(JSON.stringify(publicJwk(knownKey('ES256'))))
    const forged = await new SignJWT(inside()).setProtectedHeader({ alg: 'HS256' }).sign(secret)
    expect(await heard(forged)).toEqual(refused)
  })

  it('that names its own key', async () => {
    const jwk = publicJwk(knownKey('RS256'))
    const bent = { header: { alg: 'RS256', jwk, jku: 'https://evil.test', kid: 'x' } }
    expect(await heard((await signedRequest(server, app, bent)).request)).toEqual(refused)
  })

  it('that authenticates the client', async () => {
    const assertion = await assertionOf(server, app, { claims: inside() })
    expect(await heard(assertion)).toEqual(refused)
  })

  it('of a client without keys', async () => {
    const keyless = await server.addClient('web')
    const { request } = await signedRequest(server, keyless)
    expect(await heard(request, keyless)).toEqual(refused)
  })

  it('of a client that another client names as its own', async () => {
    const other = await server.addClient('web', signing('ES256'))
    expect(await heard((await signedRequest(server, app)).request, other)).toEqual(refused)
  })

  it('twice, or beside a reference', async () => {
    const { url, request } = await signedRequest(server, app)
    const redirect = `redirect_uri=${encodeURIComponent(app.client.metadata.redirect_uris[0] ?? '')}`
    for (const more of [`request=${request}`, 'request_uri=https://app.test/x']) {
      const { left } = await createBrowser(server).open(`${url}&${redirect}&${more}`)
      expect(left?.params.get('error'), more).toBe('invalid_request')
    }
  })

  it('cannot be moved to another address: a wrong redirect_uri in it is a page, whatever stands beside it', async () => {
    const beside = { redirect_uri: app.client.metadata.redirect_uris[0] ?? '' }
    const bent = { claims: { redirect_uri: 'https://evil.test/cb' } }
    const view = await createBrowser(server).open((await signedRequest(server, app, bent, beside)).url)
    expect(view.left).toBeUndefined()
    expect(view.status).toBe(400)
  })

  it('does not lead a refusal to an address that is not registered', async () => {
    const beside = { redirect_uri: 'https://evil.test/cb' }
    const { url } = await signedRequest(server, app, { claims: { aud: 'https://other.test' } }, beside)
    const view = await createBrowser(server).open(url)
    expect(view.left).toBeUndefined()
    expect(view.status).toBe(400)
  })

  it('with a hundred members, or text that no database can hold', async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`p${index}`, 'x']))
    const heardOf = async (claims: Record<string, unknown>) =>
      heard((await signedRequest(server, app, { claims })).request)
    expect(await heardOf(many)).toEqual(['invalid_request', '400 invalid_request'])
    const unstorable = await heardOf({ login_hint: 'a\0b' })
    expect(unstorable).toEqual(['invalid_request_object', '400 invalid_request_object'])
  })
})

it('PR07 a reference to one is not fetched', async () => {
  const { url } = authorizeUrl(server, app, { request_uri: 'https://app.test/request.jwt' })
  const { left } = await createBrowser(server).open(url)
  expect(left?.params.get('error')).toBe('request_uri_not_supported')
})
