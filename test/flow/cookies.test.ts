// Cookies of several servers on one host, cookies that others have planted, and how long each is kept.
import { afterEach, describe, expect, it } from 'vitest'
import { foreignCookieScopes } from '../../src/http/cookie-scopes.js'
import { type CookieKind, cookieName } from '../../src/http/cookies.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { enrolApp, openConfirmed } from '../support/factors.js'
import { authorizeUrl } from '../support/flow.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'

const servers: TestServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function start(issuer = 'https://as.test') {
  const server = await createTestServer({ issuer, cheapPasswords: true })
  servers.push(server)
  const named = (kind: CookieKind) => cookieName(server.config, kind)
  const [ada, bob] = [await server.addUser({ username: 'ada' }), await server.addUser({ username: 'bob' })]
  const signIn = async (
    person: Person,
    more: Record<string, string> = {},
    browser = createBrowser(server),
  ) => {
    await browser.open(`${issuer}/login`)
    await browser.submit({ username: person.user.username, password: person.password, ...more })
    return browser
  }
  return { server, issuer, named, ada, bob, signIn }
}

const inFront = async (browser: Browser, issuer = 'https://as.test') => {
  const { heading, text } = await browser.open(`${issuer}/account`)
  return heading === 'Your account' ? (/\b(ada|bob)\b/.exec(text)?.[1] ?? '') : heading
}

describe('BR04: the names of cookies', () => {
  const kinds = ['session', 'kept_session', 'browser'] as const
  const namesOf = (issuer: string) => kinds.map((kind) => cookieName({ issuer }, kind))

  it.each(['https://as.test', 'https://as.test/', 'https://[2001:db8::1]'])(
    '%s has the plain ones',
    (issuer) => {
      expect(namesOf(issuer)).toEqual(kinds.map((kind) => `__Host-grantor_${kind}`))
    },
  )

  it('are of one issuer alone, wherever another could be on its host, and stay __Host- over https', () => {
    const issuers = [
      'https://as.test',
      'https://as.test/a',
      'https://as.test/b',
      'https://as.test:8443',
      'https://as.test:8443/a',
      'http://localhost:9000',
      'http://localhost:9001',
      'http://127.0.0.1:9000',
      'https://[2001:db8::1]:8443',
    ]
    const names = issuers.flatMap(namesOf)
    expect(new Set(names).size).toBe(names.length)
    for (const issuer of issuers.slice(1))
      for (const [index, name] of namesOf(issuer).entries())
        expect(name).toMatch(
          new RegExp(`^${issuer.startsWith('https') ? '__Host-' : ''}grantor_${kinds[index]}_[0-9a-f]{8}$`),
        )
  })

  it('are the same with and without the slash at the end of the issuer', () => {
    expect(namesOf('https://as.test/a/')).toEqual(namesOf('https://as.test/a'))
  })

  it('two servers on one host leave each other signed in', async () => {
    const [one, two] = [await start('http://localhost:9000'), await start('http://localhost:9001/tenant')]
    const first = await one.signIn(one.ada)
    const second = createBrowser(two.server)
    for (const [name, value] of Object.entries(first.cookies)) second.setCookie(name, value)
    await two.signIn(two.bob, {}, second)
    for (const [name, value] of Object.entries(second.cookies)) first.setCookie(name, value)
    expect(await inFront(first, one.issuer)).toBe('ada')
    expect(await inFront(second, two.issuer)).toBe('bob')
    await second.submit({}, 'Sign out')
    expect(Object.keys(second.cookies)).toContain(one.named('session'))
  })
})

describe('BR04: two different cookies of one name', () => {
  it.each<[CookieKind, string, (path: string) => string]>([
    ['session', 'a folder', () => 'Path=/account'],
    ['session', 'a folder with its slash', () => 'Path=/account/'],
    ['kept_session', 'the page', (path) => `Path=${path}`],
    ['browser', 'the domain', () => 'Domain=sso.localhost'],
    ['browser', 'the domain and the page', (path) => `Domain=sso.localhost; Path=${path}`],
  ])('%s with one for %s: the page says so, deletes it, and a reload goes on', async (kind, _what, scope) => {
    const { server, issuer, named, ada, signIn } = await start('http://sso.localhost:9000')
    const app = await server.addClient('web')
    const browser = await signIn(ada, { keep: kind === 'kept_session' ? '1' : '' })
    // Account pages need the session, the page to confirm needs the name of the browser.
    const page =
      kind === 'browser' ? authorizeUrl(server, app, { prompt: 'login' }).url : `${issuer}/account/profile`
    const { heading, url } = await browser.open(page)
    const own = browser.cookies
    browser.setCookie(named(kind), 'planted', scope(url.pathname))
    await browser.reload()
    expect([browser.view.status, browser.view.heading]).toEqual([400, 'Your browser sent one cookie twice'])
    expect(browser.view.html).toContain(`href="${url.pathname}"`)
    expect(await browser.reload()).toMatchObject({ status: 200, heading })
    expect(browser.cookies).toEqual(own)
  })

  it('several at once are deleted at once', async () => {
    const { issuer, named, ada, signIn } = await start('http://localhost:9000')
    const browser = await signIn(ada)
    for (const kind of ['session', 'browser'] as const)
      browser.setCookie(named(kind), 'planted', 'Path=/account')
    expect((await browser.open(`${issuer}/account`)).status).toBe(400)
    expect(await inFront(browser, issuer)).toBe('ada')
  })

  it('what is deleted covers every scope that reaches the page, never its own, and is bounded', () => {
    expect(foreignCookieScopes('/a/b', 'id.example.org')).toEqual([
      ...['Path=/a', 'Path=/a/', 'Path=/a/b'],
      ...['Path=/', 'Path=/a', 'Path=/a/', 'Path=/a/b'].map((path) => `${path}; Domain=id.example.org`),
      ...['Path=/', 'Path=/a', 'Path=/a/', 'Path=/a/b'].map((path) => `${path}; Domain=example.org`),
    ])
    // To browsers these hosts as a Domain are the host's own cookie.
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(foreignCookieScopes('/', host), host).toEqual([])
    expect(foreignCookieScopes('/a;Domain=evil.test/b', 'localhost')).toEqual(['Path=/a'])
    expect(foreignCookieScopes('/a'.repeat(2000), 'a.b.c.d.e.test').length).toBeLessThan(50)
    const long = foreignCookieScopes(`/authorize/${'a'.repeat(8000)}/login`, 'id.example.org')
    expect(long.join('').length).toBeLessThan(1000)
    expect(long).toContain('Path=/authorize/')
  })
})

describe('BR02: keep me signed in', () => {
  const days = 86_400

  it('survives every confirmation that it is still the same user, and every change', async () => {
    const { server, named, ada, signIn } = await start()
    const app = await server.addClient('web', { skip_consent: true })
    const kept = named('kept_session')
    const browser = await signIn(ada, { keep: '1' })
    const still = async (what: string) => {
      expect(browser.ageOf(kept), what).toBeGreaterThan(80 * days)
      expect(browser.cookies[named('session')], what).toBeUndefined()
      const sessions = await server.deps.store.sessions.list({ now: server.clock.now, limit: 9 })
      expect(
        sessions.map((session) => session.kept),
        what,
      ).toEqual([true])
    }
    await still('sign-in')
    for (const params of [{ prompt: 'login' }, { max_age: '1' }, { max_age: '1', login_hint: 'ada' }]) {
      server.clock.advance(60)
      await browser.open(authorizeUrl(server, app, params).url)
      expect(browser.view.text).not.toContain('Keep me signed in')
      expect((await browser.submit({ password: ada.password })).left?.params.has('code')).toBe(true)
      await still(JSON.stringify(params))
    }
    server.clock.advance(60)
    await browser.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    await browser.submit({}, 'Use another account')
    await browser.signIn(ada)
    await still('the same account again')
    server.clock.advance(700)
    const phone = await enrolApp(server, browser)
    await still('a second factor')
    server.clock.advance(60)
    await browser.open(authorizeUrl(server, app, { prompt: 'login', acr_values: 'urn:grantor:acr:mfa' }).url)
    await browser.submit({ password: ada.password })
    if (!browser.view.left) await browser.submit({ code: phone.code() })
    await still('step-up')
    server.clock.advance(700)
    await openConfirmed(browser, '/account/password')
    if (browser.view.url.pathname.startsWith('/second-factor/')) await browser.submit({ code: phone.code() })
    await browser.submit({ password: 'glacier tandem origami pulse' })
    expect(browser.view.url.search).toBe('?changed=1')
    await still('a new password')
  })

  it('is of one account: closing the browser ends the others that are in it', async () => {
    const { named, ada, bob, signIn } = await start()
    const browser = await signIn(ada, { keep: '1' })
    await browser.open('/select-account')
    await browser.submit({}, 'Use another account')
    await browser.signIn(bob)
    expect(await inFront(browser)).toBe('bob')
    expect(browser.ageOf(named('session'))).toBeUndefined()
    expect(browser.cookies[named('kept_session')]).not.toContain('~')
    browser.restart()
    expect(await inFront(browser)).toBe('ada')
    const { text } = await browser.open('/select-account')
    expect(text).not.toContain('bob')
  })

  it('whoever comes second and is kept goes on, and the first does not', async () => {
    const { ada, bob, signIn } = await start()
    const browser = await signIn(ada)
    await browser.open('/select-account')
    await browser.submit({}, 'Use another account')
    await browser.submit({ username: 'bob', password: bob.password, keep: '1' })
    await browser.open('/select-account')
    await browser.submit({ account: ada.user.sub }, 'Continue')
    expect(await inFront(browser)).toBe('ada')
    browser.restart()
    expect(await inFront(browser)).toBe('bob')
  })

  it('whoever signs out in front is replaced by nobody unasked, also after the browser was closed', async () => {
    const { ada, bob, signIn } = await start()
    const browser = await signIn(ada, { keep: '1' })
    await browser.open('/select-account')
    await browser.submit({}, 'Use another account')
    await browser.submit({ username: 'bob', password: bob.password, keep: '1' })
    await browser.open('/account')
    await browser.submit({}, 'Sign out')
    browser.restart()
    expect(await inFront(browser)).toBe('Choose an account')
    await browser.submit({ account: ada.user.sub }, 'Continue')
    expect(await inFront(browser)).toBe('ada')
  })

  it('a cookie of before, with all handles in one, still counts', async () => {
    const { named, ada, signIn } = await start()
    const browser = await signIn(ada, { keep: '1' })
    const handle = browser.cookies[named('kept_session')] ?? ''
    browser.forgetCookies()
    browser.setCookie(named('session'), handle)
    expect(await inFront(browser)).toBe('ada')
  })
})

describe('BR03: a page that was just opened', () => {
  it.each([
    ['the page to sign in', '/login'],
    ['a form for mail', '/forgot-password'],
    ['the page for a code of a device', '/device'],
  ])('%s works for ten minutes and more, however old the cookie', async (_what, path) => {
    const { server, named } = await start()
    const browser = createBrowser(server)
    await browser.open('/device')
    for (const wait of [3599, 3500, 3500]) {
      server.clock.advance(wait)
      await browser.open(path)
      expect(browser.ageOf(named('browser'))).toBe(3600)
    }
    server.clock.advance(599)
    const view = await browser.submit()
    expect(view.heading).not.toMatch(/cookie|another browser|could not be accepted/)
  })

  it('keeps a browser known in which somebody has signed in, and gives no cookie to one that has none', async () => {
    const { server, named, ada, signIn } = await start()
    const browser = await signIn(ada)
    server.clock.advance(7200)
    await browser.open('/login')
    expect(browser.ageOf(named('browser'))).toBe(180 * 86_400)
    expect(browser.cookies[named('browser')]).toMatch(/^known\.[\w-]{43}$/)
    const response = await server.fetch('/nothing', { headers: { Accept: 'text/html' } })
    expect(response.headers.getSetCookie()).toEqual([])
  })
})
