// Front-channel logout: what apps are opened with, which, and that none of them learns or stops more than is its own.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, createBrowser, type View } from '../support/browser.js'
import { authorizeUrl, claimsOf, codeFlow } from '../support/flow.js'
import { createDelivery } from '../support/logout-target.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'

const goodbye = 'https://app.test/goodbye'
let server: TestServer
let alice: Person
let browser: Browser
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  alice = await server.addUser()
  browser = createBrowser(server)
})
afterEach(() => server.close())

/** An app at this host that is told by its page `/out` unless said otherwise. */
const app = (host: string, metadata: Record<string, unknown> = {}) =>
  server.addClient('web', {
    redirect_uris: [`https://${host}/cb`],
    post_logout_redirect_uris: [goodbye],
    frontchannel_logout_uri: `https://${host}/out`,
    ...metadata,
  })

/** Signs in to it; answers the ID token and what it says. */
async function signIn(host: string, metadata: Record<string, unknown> = {}, person = alice, tab = browser) {
  const registered = await app(host, metadata)
  const { id_token = '' } = await codeFlow(server, tab, registered, { person })
  return { app: registered, idToken: id_token, sid: String(claimsOf(id_token).sid) }
}

const leave = (params: Record<string, string>, tab = browser) =>
  tab.open(`/end-session?${new URLSearchParams(params)}`)

async function signOut(tab = browser): Promise<View> {
  await tab.open('/end-session')
  return tab.allow()
}

const frameSrc = ({ headers }: View) =>
  /(?:^|; )frame-src ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1]?.split(' ')

const told = (sid: string, ...places: string[]) =>
  places.map((place) => {
    const url = new URL(place)
    url.searchParams.append('iss', server.issuer)
    url.searchParams.append('sid', sid)
    return url.href
  })

describe('signing out', () => {
  it('opens the page of each app of the session once, with iss and sid, and frames nothing else', async () => {
    const first = await signIn('one.test')
    await signIn('two.test', { frontchannel_logout_uri: 'https://two.test/out?tenant=a%20b' })
    await codeFlow(server, browser, first.app, { person: alice })
    const view = await signOut()
    expect(view).toMatchObject({ status: 200, heading: 'You are signed out', refresh: undefined })
    const [query] = told(first.sid, 'https://two.test/out').map((uri) => uri.split('?')[1])
    expect(view.frames.toSorted()).toEqual([
      ...told(first.sid, 'https://one.test/out'),
      `https://two.test/out?tenant=a%20b&${query}`,
    ])
    expect(frameSrc(view)).toEqual(['https://one.test', 'https://two.test'])
  })

  it('goes on to the app that asked, with the state, by itself or by a link', async () => {
    const { idToken, sid } = await signIn('one.test')
    await signIn('two.test')
    const state = '"><b>&'
    const view = await leave({ id_token_hint: idToken, post_logout_redirect_uri: goodbye, state })
    expect(view.left).toBeUndefined()
    expect(view.frames.toSorted()).toEqual(told(sid, 'https://one.test/out', 'https://two.test/out'))
    const onward = `${goodbye}?${new URLSearchParams({ state })}`
    expect(view.refresh).toBe(onward)
    expect(view.html).toContain(`href="${onward}"`)
    expect(view.html).not.toContain('<b>')
  })

  it('in the account opens them too', async () => {
    const { sid } = await signIn('one.test')
    await browser.open('/account')
    const view = await browser.submit({}, 'Sign out')
    expect(view).toMatchObject({ heading: 'You are signed out', frames: told(sid, 'https://one.test/out') })
  })

  it('of a sign-in that had been idle for too long opens them too', async () => {
    const { idToken, sid } = await signIn('one.test')
    server.clock.advance(server.config.sessionIdleTtl)
    const view = await leave({ id_token_hint: idToken })
    expect(view.frames).toEqual(told(sid, 'https://one.test/out'))
  })

  it('asks first where it did, and opens nothing until the answer', async () => {
    await signIn('one.test')
    expect((await browser.open('/end-session')).frames).toEqual([])
    expect((await browser.deny()).frames).toEqual([])
    expect((await signOut()).frames).toHaveLength(1)
  })

  it('keeps nothing to do for an app that is told in the browser alone', async () => {
    await signIn('one.test')
    expect((await signOut()).frames).toHaveLength(1)
    await createDelivery(server).deliver()
    const { logoutCalls, audit } = server.deps.store
    expect(await logoutCalls.waiting(server.clock.now + 86_400)).toEqual([])
    expect(await audit.list({ type: 'client.logout_failed', limit: 1 })).toEqual([])
    expect((await browser.open('/end-session')).frames).toEqual([])
  })
})

describe('an app is not opened', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['that has no such page', () => signIn('two.test', { frontchannel_logout_uri: undefined })],
    [
      'that got no ID token',
      async () =>
        codeFlow(server, browser, await app('two.test'), { person: alice, params: { scope: 'profile' } }),
    ],
    ['of another session of the same person', () => signIn('two.test', {}, alice, createBrowser(server))],
    [
      'that is disabled meanwhile',
      async () => {
        const { client } = (await signIn('two.test')).app
        await server.deps.store.clients.setDisabled(client.id, true, server.clock.now)
      },
    ],
    [
      'that is gone',
      async () => {
        const { client } = (await signIn('two.test')).app
        await server.deps.store.clients.remove(client.id, server.clock.now)
      },
    ],
  ])('%s', async (_name, other) => {
    const { sid } = await signIn('one.test')
    await other()
    const view = await signOut()
    expect(view.frames).toEqual(told(sid, 'https://one.test/out'))
    expect(frameSrc(view)).toEqual(['https://one.test'])
  })

  it('of somebody else who is signed in in the same browser', async () => {
    const { sid: hers } = await signIn('one.test')
    const bob = await server.addUser({ username: 'bob' })
    const registered = await app('two.test')
    const started = authorizeUrl(server, registered, { prompt: 'select_account' })
    await browser.open(started.url)
    await browser.submit({}, 'Use another account')
    await browser.signIn(bob)
    expect((await browser.allow()).left?.params.has('code')).toBe(true)
    const view = await signOut()
    expect(view.frames).not.toContain(told(hers, 'https://one.test/out')[0])
    expect(view.frames).toEqual([expect.stringMatching(/^https:\/\/two\.test\/out\?iss=/)])
  })

  it('for who holds an ID token and not the session: it would tell where else the person has been', async () => {
    const { idToken } = await signIn('one.test')
    await signIn('two.test')
    const stranger = createBrowser(server)
    const view = await leave({ id_token_hint: idToken }, stranger)
    expect(view).toMatchObject({ heading: 'You are signed out', frames: [] })
    const direct = await leave({ id_token_hint: idToken, post_logout_redirect_uri: goodbye }, stranger)
    expect(direct.left?.url.href).toBe(goodbye)
  })
})

describe('no app stops the others', () => {
  it('each frame may neither lead the page away nor open dialogs or windows', async () => {
    await signIn('one.test')
    const { html } = await signOut()
    expect(html.match(/ sandbox="[^"]*"/g)).toEqual([' sandbox="allow-scripts allow-same-origin"'])
  })

  it('more apps than a header has room for: as many as there is, and the log says so', async () => {
    for (let index = 10; index < 33; index++) await signIn(`app${index}.test`)
    const view = await signOut()
    expect(view.frames).toHaveLength(20)
    expect(frameSrc(view)).toHaveLength(20)
    expect(server.log.some((line) => line.includes('too many apps to tell'))).toBe(true)
  })

  it('what an app leads to after the sign-out is refused as ever: a page, nobody is signed out', async () => {
    const { idToken } = await signIn('one.test')
    const view = await leave({ id_token_hint: idToken, post_logout_redirect_uri: 'https://evil.test/' })
    expect(view).toMatchObject({ status: 400, frames: [], refresh: undefined })
  })
})
