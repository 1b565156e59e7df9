// Attacks on pushed authorization requests (docs/threats.md PR01 to PR07, AD07, TK07).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/store/fault.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { outcome, tally } from '../support/connected.js'
import { authenticatedPost, authorizeUrl, walk } from '../support/flow.js'
import { prefix, push, pushedUrl } from '../support/par.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

let server: TestServer
let person: Person
let app: Registered
let browser: Browser
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  person = await server.addUser()
  app = await server.addClient('web', { client_uri: 'https://app.test/' })
  browser = createBrowser(server)
})
afterEach(() => server.close())

const stale = { status: 400, heading: 'This sign-in is no longer valid' }

/** Opens it, and shows that the person is told and the app is not. */
async function expectStale(url: string, from = browser): Promise<void> {
  await from.open(url)
  expect(from.view).toMatchObject(stale)
  expect(from.view.left).toBeUndefined()
  expect(from.view.text).toContain('invalid_request_uri')
}

describe('PR01 a reference that is used', () => {
  it('after the code', async () => {
    const { url } = await pushedUrl(server, app)
    await browser.open(url)
    expect((await walk(browser, person)).has('code')).toBe(true)
    await expectStale(url)
    await expectStale(url, createBrowser(server))
  })

  it('after the code that needed no page', async () => {
    await browser.open(authorizeUrl(server, app).url)
    await walk(browser, person)
    const { url } = await pushedUrl(server, app)
    await browser.open(url)
    expect(browser.view.left?.params.has('code')).toBe(true)
    await expectStale(url)
  })

  it('after a refusal, by the person and without one', async () => {
    const { url } = await pushedUrl(server, app)
    await browser.open(url)
    await browser.signIn(person)
    await browser.deny()
    expect(browser.view.left?.params.get('error')).toBe('access_denied')
    await expectStale(url)
    const silent = await pushedUrl(server, app, { prompt: 'none' })
    const stranger = createBrowser(server)
    await stranger.open(silent.url)
    expect(stranger.view.left?.params.get('error')).toBe('login_required')
    await expectStale(silent.url, stranger)
  })

  it('in two tabs: the second has no code, and no way to begin again', async () => {
    const { url } = await pushedUrl(server, app)
    await browser.open(url)
    const tab = browser.newTab()
    await tab.open(url)
    expect((await walk(browser, person)).has('code')).toBe(true)
    const other = await walk(tab, person).catch(() => undefined)
    expect(other).toBeUndefined()
    expect(tab.view).toMatchObject(stale)
  })

  it('in fifty tabs at once: one code', async () => {
    await browser.open(authorizeUrl(server, app).url)
    await walk(browser, person)
    const { url } = await pushedUrl(server, app)
    const tabs = Array.from({ length: 50 }, () => browser.newTab())
    await Promise.all(tabs.map((tab) => tab.open(url)))
    const got = tabs.map(({ view }) => (view.left?.params.has('code') ? 'code' : view.heading))
    expect(tally(got)).toEqual({ code: 1, [stale.heading]: 49 })
  })

  it('by beginning again where it was answered', async () => {
    const { url } = await pushedUrl(server, app)
    await browser.open(url)
    const step = browser.view.url
    await walk(browser, person)
    await browser.open(step)
    expect(browser.view.heading).toBe('This page was already used')
    await browser.submit()
    expect(browser.view).toMatchObject(stale)
  })
})

describe('PR01 a reference', () => {
  it('that has expired', async () => {
    const { url } = await pushedUrl(server, app)
    server.clock.advance(60)
    await expectStale(url)
    expect(browser.view.html).toContain('href="https://app.test/"')
  })

  it('to the last second is good', async () => {
    const { url } = await pushedUrl(server, app)
    server.clock.advance(59)
    await browser.open(url)
    expect(browser.view.status).toBe(200)
  })

  it('of another client', async () => {
    const other = await server.addClient('web')
    const { requestUri } = await pushedUrl(server, other)
    for (const id of [app.client.id, '', 'nobody']) {
      const query = new URLSearchParams({ client_id: id, request_uri: requestUri })
      await expectStale(`${server.issuer}/authorize?${query}`)
    }
    const query = new URLSearchParams({ client_id: other.client.id, request_uri: requestUri })
    await browser.open(`${server.issuer}/authorize?${query}`)
    expect(browser.view.status).toBe(200)
  })

  it('that is guessed', async () => {
    const { requestUri } = await pushedUrl(server, app)
    const [id = '', secret = ''] = requestUri.slice(prefix.length).split('.')
    const near = secret.startsWith('A') ? `B${secret.slice(1)}` : `A${secret.slice(1)}`
    const guesses = [
      id,
      `${id}.`,
      `${id}.${near}`,
      `${id}.${secret}A`,
      `.${secret}`,
      `${id}.${secret}\0`,
      '',
      "' or 1=1",
    ]
    for (const guess of guesses) {
      const query = new URLSearchParams({ client_id: app.client.id, request_uri: prefix + guess })
      await browser.open(`${server.issuer}/authorize?${query}`)
      expect(browser.view.status, guess).toBe(400)
      expect(browser.view.left).toBeUndefined()
    }
  })

  it('twice in one address', async () => {
    const { url, requestUri } = await pushedUrl(server, app)
    await browser.open(`${url}&request_uri=${encodeURIComponent(requestUri)}`)
    expect(browser.view).toMatchObject({ status: 400, heading: 'This link does not work' })
    await browser.open(`${url}&client_id=${app.client.id}`)
    expect(browser.view).toMatchObject({ status: 400, heading: 'This link does not work' })
  })

  it('is unlike the next one, and only its hash is kept', async () => {
    const [one, two] = [await pushedUrl(server, app), await pushedUrl(server, app)]
    expect(one.requestUri).not.toBe(two.requestUri)
    const [id = '', secret = ''] = one.requestUri.slice(prefix.length).split('.')
    const row = await server.deps.store.pushedRequests.find(id)
    expect(JSON.stringify(row)).not.toContain(secret)
  })
})

describe('PR02 a person', () => {
  it('who reloads, goes back, or opens it elsewhere before it is answered goes on', async () => {
    const { url } = await pushedUrl(server, app)
    for (let visits = 0; visits < 3; visits++) {
      await browser.open(url)
      expect(browser.view.status).toBe(200)
      await browser.reload()
      expect(browser.view.status).toBe(200)
    }
    // As the preview of a chat does.
    await createBrowser(server).open(url)
    await browser.open(url)
    expect((await walk(browser, person)).has('code')).toBe(true)
  })

  it('who takes longer than the reference lives goes on where they are', async () => {
    const { url } = await pushedUrl(server, app)
    await browser.open(url)
    server.clock.advance(500)
    expect((await walk(browser, person)).has('code')).toBe(true)
  })

  it('who comes back to a page that has expired begins again, for an hour, and once', async () => {
    const { url } = await pushedUrl(server, app)
    await browser.open(url)
    await browser.signIn(person)
    server.clock.advance(1200)
    await browser.reload()
    await browser.submit()
    expect(browser.view.status).toBe(200)
    server.clock.advance(3600)
    await browser.reload()
    await browser.submit()
    expect(browser.view).toMatchObject(stale)
  })
})

describe('PR03 pushing', () => {
  it('a request_uri: 400, before anything else is looked at', async () => {
    const { requestUri } = await pushedUrl(server, app)
    for (const request_uri of [requestUri, 'https://app.test/request', 'x']) {
      const { response } = await push(server, app, { request_uri, response_type: 'x' })
      expect(await outcome(response)).toBe('400 invalid_request')
    }
  })

  it('by another method: 405', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await server.fetch('/par', { method })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('POST')
    }
  })

  it('TK07 without authentication, or as somebody else: 401', async () => {
    const fields = Object.fromEntries(new URL(authorizeUrl(server, app).url).searchParams)
    const bare = await server.fetch('/par', { method: 'POST', body: new URLSearchParams(fields) })
    expect(await outcome(bare)).toBe('401 invalid_client')
    const wrong = { ...app, secret: 'x' }
    expect(await outcome((await push(server, wrong)).response)).toBe('401 invalid_client')
    const { client_id: _, ...anonymous } = fields
    const nobody = await server.fetch('/par', { method: 'POST', body: new URLSearchParams(anonymous) })
    expect(await outcome(nobody)).toBe('401 invalid_client')
    const other = await server.addClient('spa')
    const asOther = await authenticatedPost(server, '/par', app, { ...fields, client_id: other.client.id })
    expect(await outcome(asOther)).toBe('401 invalid_client')
  })

  it('with secrets in the query, or as JSON: 400', async () => {
    const inQuery = await server.fetch('/par?client_secret=x', {
      method: 'POST',
      body: new URLSearchParams(),
    })
    expect(await outcome(inQuery)).toBe('400 invalid_request')
    const headers = { 'Content-Type': 'application/json' }
    expect(await outcome(await server.fetch('/par', { method: 'POST', headers, body: '{}' }))).toBe(
      '400 invalid_request',
    )
  })

  it('EX01: without end, by a client that proves nothing: the oldest make room, and none is refused', async () => {
    const spa = await server.addClient('spa')
    // 4,096 bytes of state and 8 KiB of claims: as long as a request may be.
    const claims = JSON.stringify({ userinfo: { name: { values: ['c'.repeat(8100)] } } })
    const pushed: string[] = []
    for (let n = 0; n < 60; n++)
      pushed.push((await pushedUrl(server, spa, { state: 's'.repeat(4096), claims })).url)
    const opened = async (url = '') => (await createBrowser(server).open(url)).status
    expect(await opened(pushed.at(-1))).toBe(200)
    expect(await opened(pushed[0])).toBe(400)
  })

  it('while the database fails: 503, and no reference', async () => {
    const create = () => Promise.reject(new StoreUnavailable('test'))
    Object.assign(server.deps.store.pushedRequests, { create })
    expect(await outcome((await push(server, app)).response)).toBe('503 temporarily_unavailable')
  })
})

it('PR04 what is said beside the reference does not count', async () => {
  const more = {
    scope: 'openid email offline_access',
    redirect_uri: 'https://evil.test/cb',
    state: 'evil',
    response_mode: 'form_post',
    prompt: 'none',
    response_type: 'token',
    request: 'x.y.z',
    code_challenge: 'evil',
  }
  const { url, state, redirectUri } = await pushedUrl(server, app, {}, more)
  await browser.open(url)
  const answer = await walk(browser, person)
  expect(browser.view.left?.method).toBe('GET')
  expect(browser.view.left?.url.href.startsWith(redirectUri)).toBe(true)
  expect(answer.get('state')).toBe(state)
  const { consents } = server.deps.store
  expect(await consents.find(person.user.sub, app.client.id)).toMatchObject({ scope: ['openid'] })
})

describe('PR05 a client that must push', () => {
  it('is refused when it does not, and let in when it does', async () => {
    const strict = await server.addClient('web', { require_pushed_authorization_requests: true })
    await browser.open(authorizeUrl(server, strict).url)
    expect(browser.view.left?.params.get('error')).toBe('invalid_request')
    const { url } = await pushedUrl(server, strict)
    await browser.open(url)
    expect((await walk(browser, person)).has('code')).toBe(true)
  })
})

it('PR06 nothing of what was pushed is in a cookie, an address or the log, nor any secret in the database', async () => {
  const post = await server.addClient('web', { token_endpoint_auth_method: 'client_secret_post' })
  const secrets = { login_hint: 'hint-of-alice', nonce: 'nonce-of-alice', state: 'state-of-alice' }
  const { url, requestUri } = await pushedUrl(server, post, secrets)
  const visited = [url]
  await browser.open(url)
  visited.push(browser.view.url.href)
  await browser.signIn(person)
  visited.push(browser.view.url.href)
  const jar = JSON.stringify(server.log) + visited.join()
  for (const value of [...Object.values(secrets), post.secret]) expect(jar).not.toContain(value)
  expect(server.log.join()).not.toContain(requestUri)
  const id = requestUri.slice(prefix.length).split('.')[0] ?? ''
  const row = await server.deps.store.pushedRequests.find(id)
  expect(row?.params).not.toContain('client_secret')
})

it('PR06 a posted reference moves to an address with nothing but what was posted', async () => {
  const { requestUri } = await pushedUrl(server, app, { login_hint: 'hint-of-alice' })
  const fields = { client_id: app.client.id, request_uri: requestUri }
  const moved = await server.fetch('/authorize', {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  })
  expect(moved.status).toBe(303)
  const query = new URL(moved.headers.get('location') ?? '', server.issuer).searchParams
  expect(Object.fromEntries(query)).toEqual(fields)
})

it('PR07 an address of somebody else is not fetched, and named unsupported', async () => {
  for (const request_uri of ['https://app.test/request', 'http://127.0.0.1/', `URN:${prefix.slice(4)}x`]) {
    await browser.open(authorizeUrl(server, app, { request_uri }).url)
    expect(browser.view.left?.params.get('error'), request_uri).toBe('request_uri_not_supported')
  }
})

describe('AD07 what was pushed goes with its client', () => {
  it('when that is disabled, also for when it is enabled again', async () => {
    const { url } = await pushedUrl(server, app)
    const { clients } = server.deps.store
    await clients.setDisabled(app.client.id, true, server.clock.now)
    await expectStale(url)
    await clients.setDisabled(app.client.id, false, server.clock.now)
    await expectStale(url)
  })

  it('when that is deleted', async () => {
    const { url } = await pushedUrl(server, app)
    await server.deps.store.clients.remove(app.client.id, server.clock.now)
    await expectStale(url)
  })

  it('is swept when it has expired', async () => {
    const { requestUri } = await pushedUrl(server, app)
    const id = requestUri.slice(prefix.length).split('.')[0] ?? ''
    server.clock.advance(121)
    await server.deps.store.sweep(server.clock.now, 100)
    expect(await server.deps.store.pushedRequests.find(id)).toBeUndefined()
  })
})
