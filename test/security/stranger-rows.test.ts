// The security catalogue, EX01 and EX07: rows that requests can cause before a user has proven anything.
import { statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { letIn } from '../support/connected.js'
import { authorizeUrl, getCode, walk } from '../support/flow.js'
import { pushedUrl } from '../support/par.js'
import { appOf, manage, minimal, registerApp } from '../support/registration.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { temporaryFolder } from '../support/stores.js'

let server: TestServer
let app: Registered
let alice: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { client_uri: 'https://app.test/' })
  alice = await server.addUser()
})
afterEach(() => server.close())

/** Twice 512 kB of interactions from this address. */
async function flood(address: string): Promise<void> {
  const { url } = authorizeUrl(server, app, { state: 's'.repeat(4000) })
  for (let n = 0; n < 220; n++) await server.fetchFrom(address, new Request(url))
}

/** The same request with everything as long as it may be. */
const fullLength = {
  state: 's'.repeat(4096),
  claims: JSON.stringify({ userinfo: { name: { values: ['c'.repeat(8100)] } } }),
}

describe('EX01: many requests from one address', () => {
  it('EX01: leave less than 1 MB in the database, and none is refused', async () => {
    const { folder, remove } = temporaryFolder()
    const filed = await createTestServer({ databaseUrl: `file:${folder}/grantor.db` })
    const client = await filed.addClient('web')
    const size = async () => {
      await filed.deps.store.committed(0)
      const { openDatabase } = await import('../../src/store/sqlite-driver.js')
      const file = openDatabase(`${folder}/grantor.db`)
      file.pragma('wal_checkpoint(TRUNCATE)')
      file.close()
      return statSync(`${folder}/grantor.db`).size
    }
    const before = await size()
    const requests = Number(process.env.GRANTOR_TEST_REQUESTS ?? 1500)
    for (let n = 0; n < requests; n++) {
      const paths = ['/login', '/account', '/select-account', authorizeUrl(filed, client).url]
      const response = await filed.fetch(paths[n % 4] as string)
      expect(response.status).toBe(303)
    }
    const grown = (await size()) - before
    if (process.env.GRANTOR_TEST_REQUESTS) console.log(`${requests} requests: ${grown} bytes`)
    expect(grown).toBeLessThan(1_000_000)
    await filed.close()
    remove()
  }, 120_000)

  it('EX01: leave those of other addresses, and of the same /64 do not', async () => {
    const [near, far] = ['2001:db8:0:1::1', '2001:db8:0:2::1'].map((address) =>
      createBrowser(server, { address }),
    ) as [Browser, Browser]
    const { url } = authorizeUrl(server, app)
    const ids = [await near.open(url), await far.open(url)].map(
      (view) => view.url.pathname.split('/')[2] ?? '',
    )
    await flood('2001:db8:0:1::ffff')
    const there = await Promise.all(ids.map((id) => server.deps.store.interactions.find(id)))
    expect(there.map((row) => row !== undefined)).toEqual([false, true])
  })

  it('EX01: do not take the place of a user who has signed in there', async () => {
    const browser = createBrowser(server, { address: '198.51.100.1' })
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(alice)
    await flood('198.51.100.1')
    expect((await browser.allow()).left?.params.get('code')).toBeTruthy()
  })
})

describe('EX01: a page that is sent after its row has gone', () => {
  it.each(['made room', 'was swept'])('EX01: begins the same request again (the row %s)', async (how) => {
    const browser = createBrowser(server, { address: '198.51.100.2' })
    const started = authorizeUrl(server, app)
    await browser.open(started.url)
    const first = browser.view.url.pathname
    if (how === 'made room') await flood('198.51.100.2')
    else {
      server.clock.advance(1861)
      expect(await server.deps.store.sweep(server.clock.now, 1000)).toBeGreaterThan(0)
    }
    const again = await browser.signIn(alice)
    expect(again).toMatchObject({ status: 200, heading: 'Sign in' })
    expect(again.url.pathname).not.toBe(first)
    await browser.signIn(alice)
    expect((await browser.allow()).left?.params.get('state')).toBe(started.state)
  })

  it('EX01: also with everything as long as it may be', async () => {
    const browser = createBrowser(server, { address: '198.51.100.2' })
    const { url } = await pushedUrl(server, app, fullLength)
    await browser.open(url)
    await flood('198.51.100.2')
    await browser.signIn(alice)
    await browser.signIn(alice)
    const { left } = await browser.allow()
    expect(left?.params.get('state')).toBe(fullLength.state)
    expect(left?.params.has('code')).toBe(true)
  })

  it('EX01: on the consent page, and on the way to the account', async () => {
    const browser = createBrowser(server, { address: '198.51.100.2' })
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(alice)
    server.clock.advance(1861)
    await server.deps.store.sweep(server.clock.now, 1000)
    expect((await browser.allow()).heading).toContain('Allow')
    expect((await browser.allow()).left?.params.has('code')).toBe(true)
    const other = createBrowser(server, { address: '198.51.100.2' })
    await other.open('/account/sessions')
    server.clock.advance(1861)
    await server.deps.store.sweep(server.clock.now, 1000)
    expect((await other.signIn(alice)).heading).toBe('Sign in')
    expect((await other.signIn(alice)).url.pathname).toBe('/account/sessions')
  })

  it('EX01: offers the way back to the app when a pushed request is over', async () => {
    const browser = createBrowser(server)
    await browser.open((await pushedUrl(server, app)).url)
    server.clock.advance(1861)
    await server.deps.store.sweep(server.clock.now, 1000)
    const view = await browser.signIn(alice)
    expect(view).toMatchObject({ status: 400, heading: 'This sign-in is no longer valid' })
    expect(view.html).toContain('href="https://app.test/"')
  })

  it('EX01: is no way into what another browser has begun, nor with a token that was altered', async () => {
    const [mine, other] = [createBrowser(server), createBrowser(server)]
    await mine.open(authorizeUrl(server, app).url)
    await other.open(authorizeUrl(server, app).url)
    const action = new URL(mine.view.url)
    const { csrf = '' } = mine.view.forms[0]?.fields ?? {}
    server.clock.advance(1861)
    await server.deps.store.sweep(server.clock.now, 1000)
    for (const [browser, token] of [
      [other, csrf],
      [mine, `${csrf}A`],
      [mine, csrf.slice(0, 43)],
      [mine, `${'A'.repeat(43)}${csrf.slice(43)}`],
    ] as const) {
      const view = await browser.post(action, { csrf: token, username: 'x', password: 'x' })
      expect(view.heading).toBe('This page has expired')
    }
  })
})

describe('EX01: full length', () => {
  it('EX01: a request with a state of 4,096 bytes and claims of 8 KiB is answered, by POST and pushed', async () => {
    for (const pushed of [true, false]) {
      const browser = createBrowser(server)
      if (pushed) await browser.open((await pushedUrl(server, app, fullLength)).url)
      else {
        const { url } = authorizeUrl(server, app, fullLength)
        const params = Object.fromEntries(new URL(url).searchParams)
        await browser.post(new URL(`${server.issuer}/authorize`), params)
      }
      expect((await walk(browser, alice)).get('state')).toBe(fullLength.state)
    }
  })
})

describe('EX07: a client that registered itself', () => {
  const confidential = { redirect_uris: ['https://app.test/cb'] }
  const rows = () => server.deps.store.clients.list({ limit: 100 })
  const own = async () => (await rows()).filter(({ id }) => id.startsWith('dcr_'))

  it('EX07: is limited as anyone is, also when it calls itself confidential', async () => {
    const made = appOf(await registerApp(server, confidential))
    const first = await pushedUrl(server, made, fullLength)
    for (let n = 0; n < 60; n++) await pushedUrl(server, made, fullLength)
    expect((await createBrowser(server).open(first.url)).status).toBe(400)
    const trusted = await pushedUrl(server, app, fullLength)
    for (let n = 0; n < 60; n++) await pushedUrl(server, app, fullLength)
    expect((await createBrowser(server).open(trusted.url)).status).toBe(200)
  })

  it('EX07: holds few streams of changes, and takes none from the clients of an administrator', async () => {
    await letIn(server, 'web')
    const api = await server.addClient('service')
    const open = ({ client, secret }: Registered) => {
      const credential = Buffer.from(`${encodeURIComponent(client.id)}:${secret}`).toString('base64')
      return server.fetch('/status-lists/1/events', { headers: { Authorization: `Basic ${credential}` } })
    }
    const opened: Response[] = []
    for (let n = 0; n < 25; n++) opened.push(await open(appOf(await registerApp(server, confidential))))
    expect(opened.filter(({ status }) => status === 200)).toHaveLength(20)
    expect(opened.at(-1)?.status).toBe(503)
    for (let n = 0; n < 1001; n++) opened.push(await open(api))
    expect(opened.at(-2)?.status).toBe(200)
    expect(opened.at(-1)?.status).toBe(503)
    expect((await open(await server.addClient('service'))).status).toBe(200)
    await opened[0]?.body?.cancel()
    expect((await open(appOf(await registerApp(server, confidential)))).status).toBe(200)
    server.deps.status.streams.end()
  })

  it('EX07: stores no parameter that is ignored', async () => {
    const { store } = server.deps
    const seen: string[] = []
    const { create } = store.pushedRequests
    Object.assign(store.pushedRequests, {
      create: (...args: Parameters<typeof create>) => {
        seen.push(args[0].params)
        return create(...args)
      },
    })
    await pushedUrl(server, app, {
      padding: 'x'.repeat(10_000),
      audience: 'y',
      client_secret_expires_at: 'z',
    })
    expect(seen).toHaveLength(1)
    expect([...new URLSearchParams(seen[0]).keys()].sort()).toEqual([
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'nonce',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ])
  })

  it('EX07: and changes itself leaves a row for 30 days, and then is none', async () => {
    const made = await registerApp(server)
    const change = { ...minimal, client_id: made.client_id, client_name: 'Changed' }
    expect((await manage(server, made, 'PUT', change)).status).toBe(200)
    server.clock.advance(20 * 86_400)
    expect((await manage(server, made, 'PUT', change)).status).toBe(200)
    expect(await own()).toHaveLength(1)
    server.clock.advance(10 * 86_400 + 61)
    await server.deps.store.sweep(server.clock.now, 1000)
    expect(await own()).toEqual([])
    expect(await server.deps.clients.find(made.client_id, () => '')).toBeUndefined()
  })

  it('EX07: and changes itself is limited in bytes, unless a user has let it in', async () => {
    const used = await registerApp(server)
    await getCode(server, createBrowser(server), appOf(used), { person: alice })
    const redirect_uris = Array.from({ length: 20 }, (_, n) => `http://127.0.0.1/${n}${'c'.repeat(200)}`)
    const put = (made: typeof used) =>
      manage(server, made, 'PUT', { ...minimal, redirect_uris, client_id: made.client_id })
    expect((await put(used)).status).toBe(200)
    const first = await registerApp(server)
    expect((await put(first)).status).toBe(200)
    for (let n = 0; n < 140; n++) {
      server.clock.advance(90)
      expect((await put(await registerApp(server))).status).toBe(200)
    }
    expect((await own()).length).toBeLessThan(120)
    expect(await server.deps.store.clients.find(first.client_id)).toBeUndefined()
    expect(await server.deps.store.clients.find(used.client_id)).toBeDefined()
    const updated = await server.deps.store.audit.list({ limit: 1000, type: 'client.updated' })
    expect(updated.length).toBeLessThanOrEqual(6)
  })
})
