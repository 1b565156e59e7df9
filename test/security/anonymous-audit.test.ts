// The security catalogue, EX02: audit rows that requests without a proof can cause, and attempts with a passkey.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthenticator } from '../support/authenticator.js'
import { createBrowser } from '../support/browser.js'
import { addPasskey, optionsOn } from '../support/factors.js'
import { codeFlow } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { createDoor, type Door } from '../support/sign-in.js'

let server: TestServer
let app: Registered
let alice: Person
let door: Door

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true, startAt: 1_800_000_000 })
  app = await server.addClient('web')
  alice = await server.addUser({ username: 'alice', email: 'alice@as.test', emailVerified: true })
  door = createDoor(server, app)
})
afterEach(() => server.close())

const rows = (type?: string) => server.deps.store.audit.list({ limit: 1000, type })

describe('EX02: failures of an hour', () => {
  it('EX02: of one account are one row with a count, from wherever they come', async () => {
    for (let i = 0; i < 4; i++) await door.guess('alice')
    const failed = await rows('user.sign_in_failed')
    expect(failed).toMatchObject([
      { sub: alice.user.sub, count: 4, ip: '198.18.0.4', detail: { reason: 'wrong password' } },
    ])
    server.clock.advance(3600)
    await door.guess('alice')
    expect((await rows('user.sign_in_failed')).map(({ count }) => count)).toEqual([4, 1])
  })

  it('EX02: of accounts that nobody has are one row for many names', async () => {
    for (let i = 0; i < 5; i++) {
      const browser = await door.atLogin('198.18.9.1')
      await browser.submit({ username: `nobody${i}`, password: 'wrong' })
    }
    expect(await rows('user.sign_in_failed')).toMatchObject([{ count: 5, ip: '198.18.9.1' }])
  })

  it('EX02: from any number of addresses are a bounded number of rows', async () => {
    for (let i = 0; i < 50; i++) await door.guess(`nobody${i}`)
    expect((await rows('user.sign_in_failed')).length).toBeLessThanOrEqual(16)
  })

  it('EX02: mails that are asked for share a row, whether the account is known or not', async () => {
    const asked = [
      ['/forgot-password', 'alice@as.test', 'x@as.test', 'alice@as.test', 'y@as.test'],
      ['/sign-up', 'alice@as.test', 'x@as.test', 'y@as.test'],
    ] as const
    for (const [form, ...addresses] of asked) {
      for (const email of addresses) {
        const browser = createBrowser(server, { address: '198.18.7.7' })
        await browser.open(form)
        expect((await browser.submit({ email })).status).toBe(200)
      }
    }
    const counts = (await rows()).map(({ type, sub, count }) => [type, sub === alice.user.sub, count])
    expect(counts).toEqual([
      ['user.password_reset_asked', true, 2],
      ['user.password_reset_asked', false, 2],
      ['user.registration_asked', true, 1],
      ['user.registration_asked', false, 2],
    ])
  })

  it('EX02: are shown to the user with their number', async () => {
    for (let i = 0; i < 3; i++) await door.guess('alice')
    const browser = createBrowser(server, { address: '198.18.255.1' })
    await browser.open('/account/activity')
    server.clock.advance(60)
    await browser.signIn(alice)
    expect(browser.view.text).toContain('A sign-in failed · A web app · 3 times')
  })
})

describe('EX02: attempts with a passkey', () => {
  const markers = async () => {
    server.clock.advance(3600)
    return server.deps.store.sweep(server.clock.now, 1000)
  }

  it('EX02: are limited by address like passwords, and leave nothing beyond the limit', async () => {
    const key = createAuthenticator(server.config.issuerOrigin)
    const statuses: number[] = []
    for (let i = 0; i < 30; i++) {
      const browser = await door.atLogin('198.18.3.3')
      const options = optionsOn(browser)
      statuses.push((await browser.submit({ passkey: key.assert(options) })).status)
    }
    expect(statuses.filter((status) => status === 422).length).toBeLessThanOrEqual(20)
    expect(statuses.at(-1)).toBe(429)
    expect(await rows()).toMatchObject([
      { type: 'user.sign_in_failed', detail: { reason: 'passkey not accepted' } },
    ])
    expect(await markers()).toBeLessThan(200)
  })

  it('EX02: that fail count against that passkey from every address, and close nothing else', async () => {
    const home = createBrowser(server)
    await home.open('/account')
    await home.signIn(alice)
    const passkey = await addPasskey(server, home)
    server.clock.advance(60)
    for (let i = 0; i < 5; i++) {
      const browser = await door.atLogin(`198.18.4.${i}`)
      await browser.submit({ passkey: passkey.assert(optionsOn(browser), { foreignKey: true }) })
    }
    const late = await door.atLogin('198.18.5.4')
    const closed = await late.submit({ passkey: passkey.assert(optionsOn(late)) })
    expect(closed.status).toBe(429)
    expect(closed.headers.get('retry-after')).not.toBeNull()
    expect((await door.guess('alice', alice.password)).heading).toContain('Allow')
    const failed = await rows('user.sign_in_failed')
    expect(failed).toMatchObject([{ sub: alice.user.sub, detail: { reason: 'passkey not accepted' } }])
    server.clock.advance(900)
    const browser = await door.atLogin('198.18.5.5')
    expect((await browser.submit({ passkey: passkey.assert(optionsOn(browser)) })).heading).toContain('Allow')
  })
})

it('EX02: an id_token_hint that ends nothing writes nothing', async () => {
  const browser = createBrowser(server)
  const { id_token = '' } = await codeFlow(server, browser, app, { person: alice })
  const leave = (from = createBrowser(server)) =>
    from.open(`${server.issuer}/end-session?${new URLSearchParams({ id_token_hint: id_token })}`)
  await leave()
  const signedOut = () => rows('user.signed_out')
  expect(await signedOut()).toHaveLength(1)
  for (let i = 0; i < 5; i++) await leave()
  await leave(browser)
  expect(await signedOut()).toHaveLength(1)
})
