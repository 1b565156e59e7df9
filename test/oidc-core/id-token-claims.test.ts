// Claims of scopes in ID tokens (OIDC Core 5.4): for which clients, in which flows, and how long a token may be.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signingAlgs } from '../../src/protocol/client.js'
import { idTokenPayload } from '../../src/protocol/id-token-claims.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { ask, enter, poll } from '../support/device.js'
import { type Changes, claimsOf, codeFlow, refresh, type Tokens, tokensOf } from '../support/flow.js'
import { appOf, registerApp } from '../support/registration.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const api = 'https://api.test'
const scope = 'openid profile email phone address offline_access read'
const about = { name: 'Alice Liddell', picture: 'https://people.test/alice.png', phone_number: '+1 555 0100' }
const address = { formatted: '1 High Street, Springfield', country: 'US' }

let server: TestServer
let browser: Browser
let alice: Person
let app: Registered

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read'])
  browser = createBrowser(server)
  alice = await server.addUser({ claims: { ...about, address } })
  app = await server.addClient('web')
})
afterAll(() => server.close())

const connect = (by = app, params: Changes = {}): Promise<Tokens> =>
  codeFlow(server, browser, by, { person: alice, params: { scope, prompt: 'consent', ...params } })
const idTokenOf = ({ id_token = '' }: Tokens) => claimsOf(id_token)
const everything = {
  ...about,
  address,
  phone_number_verified: false,
  email: 'alice@example.test',
  email_verified: true,
  preferred_username: 'alice',
  updated_at: expect.any(Number),
}

describe('a client that an administrator registered', () => {
  it('AP03: gets the claims of the granted scopes, by code and by refresh, whichever API the token is for', async () => {
    const tokens = await connect(app, { resource: api })
    expect(tokens.scope?.split(' ')).not.toContain('profile')
    expect(idTokenOf(tokens)).toMatchObject(everything)
    const { refresh_token = '' } = tokens
    const renewed = await tokensOf(await refresh(server, app, refresh_token))
    expect(idTokenOf(renewed)).toMatchObject(everything)
    const less = idTokenOf(
      await tokensOf(await refresh(server, app, refresh_token, { scope: 'openid email' })),
    )
    expect(less).toMatchObject({ email: 'alice@example.test', email_verified: true })
    for (const name of ['name', 'phone_number', 'address']) expect(less).not.toHaveProperty(name)
  })

  it('AP03: gets no claim of a scope that was not granted or is not its own', async () => {
    const plain = idTokenOf(await connect(app, { scope: 'openid' }))
    const limited = await server.addClient('web', { scope: 'openid email' })
    const granted = idTokenOf(await connect(limited, { scope: 'openid email' }))
    expect(granted.email).toBe('alice@example.test')
    for (const name of Object.keys(everything)) expect(plain).not.toHaveProperty(name)
    for (const name of ['name', 'address', 'phone_number']) expect(granted).not.toHaveProperty(name)
  })

  it('AP03: gets them on a device', async () => {
    const device = await server.addClient('device')
    const asked = await ask(server, device, { scope: 'openid profile offline_access' })
    await enter(browser, asked, alice)
    await browser.allow()
    const tokens = await tokensOf(await poll(server, device, asked))
    expect(idTokenOf(tokens)).toMatchObject({ name: about.name, picture: about.picture })
  })

  it('AP03: gets only what it names where it is registered with id_token_claims=minimal', async () => {
    const small = await server.addClient('web', { id_token_claims: 'minimal' })
    const claims = JSON.stringify({ id_token: { email: null } })
    const said = idTokenOf(await connect(small, { claims }))
    expect(said.email).toBe('alice@example.test')
    for (const name of ['name', 'email_verified', 'address']) expect(said).not.toHaveProperty(name)
  })

  it('AP03: counts as such where its row is older than id_token_claims', async () => {
    const { metadata } = app.client
    expect(metadata).not.toHaveProperty('id_token_claims')
    expect(idTokenOf(await connect()).name).toBe(about.name)
  })
})

describe('a client that registered itself', () => {
  it('AP03: gets none of them, whatever it asks for, until an administrator says so', async () => {
    const own = { redirect_uris: ['https://own.test/cb'], id_token_claims: 'scope' }
    const made = await registerApp(server, own)
    expect(made).toHaveProperty('id_token_claims', 'minimal')
    const itself = appOf(made)
    const said = idTokenOf(await connect(itself, { scope: 'openid profile email' }))
    for (const name of Object.keys(everything)) expect(said).not.toHaveProperty(name)
    const { id } = itself.client
    const row = await server.deps.store.clients.find(id)
    const metadata = { ...(row?.metadata ?? itself.client.metadata), id_token_claims: 'scope' as const }
    await server.deps.store.clients.update({ id, metadata, updatedAt: server.clock.now })
    expect(idTokenOf(await connect(itself, { scope: 'openid profile email' })).name).toBe(about.name)
  })
})

describe('the length of an ID token', () => {
  it.each(signingAlgs)('AP03: stays below 4 kB, and UserInfo has the rest (%s)', async (alg) => {
    const picture = `https://people.test/${'p'.repeat(2000)}`
    const claims = {
      ...about,
      picture,
      website: 'https://alice.test/',
      address: { formatted: '\u00e4"\n'.repeat(300) },
    }
    const person = await server.addUser({ username: `long-${alg}`, claims })
    const one = await server.addClient('web', { id_token_signed_response_alg: alg })
    const tokens = await codeFlow(server, createBrowser(server), one, {
      person,
      params: { scope: 'openid profile email phone address', nonce: 'n'.repeat(512) },
    })
    const { id_token = '' } = tokens
    const signature = id_token.slice(id_token.lastIndexOf('.') + 1)
    // Test keys may be shorter than those of the server: 3,072 bits are 512 characters.
    expect(id_token.length - signature.length + 512).toBeLessThan(4000)
    const said = idTokenOf(tokens)
    expect(said).toMatchObject({ name: about.name, email: person.user.email, website: claims.website })
    expect(said.nonce).toBe('n'.repeat(512))
    expect(said).not.toHaveProperty('picture')
    expect(said).not.toHaveProperty('address')
    const headers = { Authorization: `Bearer ${tokens.access_token}` }
    expect(await (await server.fetch('/userinfo', { headers })).json()).toMatchObject(claims)
  })

  const protocol = { iss: 'https://as.test', sub: 'u_1', nonce: 'x'.repeat(512) }
  const lengthOf = (claims: object) => Buffer.byteLength(JSON.stringify(claims))

  it('AP03: leaves out the same claims each time, those asked for by name last', () => {
    const user = {
      address: { formatted: 'a'.repeat(1000) },
      picture: `https://a.test/${'b'.repeat(1000)}`,
      sub: 'u_2',
      name: 'A',
      email_verified: true,
      email: 'a@a.test',
      own: 'o',
    }
    const usual = idTokenPayload(user, protocol, [])
    expect(Object.keys(usual).sort()).toEqual(
      [...Object.keys(protocol), 'email', 'email_verified', 'name', 'own', 'picture'].sort(),
    )
    expect(usual.sub).toBe('u_1')
    const reversed = Object.fromEntries(Object.entries(user).reverse())
    expect(idTokenPayload(reversed, protocol, [])).toEqual(usual)
    expect(idTokenPayload(user, protocol, ['address'])).toHaveProperty('address')
    expect(idTokenPayload(user, protocol, ['address'])).not.toHaveProperty('picture')
  })

  it('AP03: keeps an address and its verification together, and the claims of the protocol whole', () => {
    const long = { email: `${'a'.repeat(2400)}@a.test`, email_verified: true, name: 'A' }
    expect(idTokenPayload(long, protocol, [])).toEqual({ name: 'A', ...protocol })
    const full = { ...protocol, nonce: '\u0001'.repeat(512) }
    expect(idTokenPayload(long, full, [])).toEqual(full)
    for (let length = 0; length < 3000; length += 7) {
      const payload = idTokenPayload({ ...long, email: 'a'.repeat(length) }, protocol, [])
      expect(lengthOf(payload)).toBeLessThanOrEqual(2500)
      expect('email' in payload).toBe('email_verified' in payload)
    }
  })
})
