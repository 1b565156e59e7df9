// The security catalogue, group SE: sessions, cookies, foreign forms, guessing, and what a stranger learns.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPasswordHasher } from '../../src/crypto/password.js'
import { cookieName } from '../../src/http/cookies.js'
import { type Browser, createBrowser, type View } from '../support/browser.js'
import { atOnce, tally } from '../support/connected.js'
import { endpointsOf } from '../support/endpoints.js'
import { authorizeUrl, codeFlow, walk } from '../support/flow.js'
import { ratioOfBest } from '../support/processor-time.js'
import { createScenes, type FilledForm, type Scenes } from '../support/scenes.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { cookieHeader, type Door } from '../support/sign-in.js'
import { prepared } from '../support/values.js'
import { watch } from '../support/watch.js'

let server: TestServer
let app: Registered
let alice: Person
let door: Door
let scenes: Scenes

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web')
  alice = await server.addUser({ username: 'alice', email: 'alice@example.test' })
  scenes = createScenes(server, { app, person: alice })
  door = scenes.door
})
afterEach(() => server.close())

const sessionCookie = '__Host-grantor_session'
const browserCookie = '__Host-grantor_browser'
const session = (browser: Browser) => browser.cookies[sessionCookie] ?? ''

const signedIn = (who?: Person) => scenes.signedIn(who)
const statuses = async (tries: Promise<View>[]) => (await Promise.all(tries)).map(({ status }) => status)
/** One after the other. */
async function inTurn<T, R>(list: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of list) results.push(await act(item))
  return results
}

describe('a sign-in', () => {
  it('SE01 of a browser with a planted session: the id is new, and what was planted never becomes theirs', async () => {
    const mallory = await server.addUser({ username: 'mallory' })
    const attacker = await signedIn(mallory)
    const planted = session(attacker)
    const victim = createBrowser(server)
    victim.setCookie(sessionCookie, planted)
    await victim.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    await victim.submit({}, 'Use another account')
    await victim.signIn(alice)
    await walk(victim)
    expect(session(victim)).not.toBe(planted)
    expect(session(victim).split('.')[0]).not.toBe(planted.split('.')[0])
    // The planted one is still who it was, and nobody else: it never becomes the victim's.
    const [id = ''] = planted.split('.')
    expect((await server.deps.store.sessions.find(id))?.sub).toBe(mallory.user.sub)
    expect(await door.silently(attacker)).toBeNull()
    expect(await door.silently(victim)).toBeNull()
  })

  it('SE01 again, by the same person: the id changes, the old one is dead', async () => {
    const browser = await signedIn()
    const first = session(browser)
    await browser.open(authorizeUrl(server, app, { prompt: 'login' }).url)
    await browser.submit({ password: alice.password })
    expect(session(browser)).not.toBe(first)
    const thief = createBrowser(server)
    thief.setCookie(sessionCookie, first)
    expect(await door.silently(thief)).toBe('login_required')
    expect(await door.silently(browser)).toBeNull()
  })

  it('SE01 never takes a session that nobody gave out, nor lends itself to who planted the browser', async () => {
    const attacker = await door.atLogin()
    const victim = createBrowser(server)
    victim.setCookie(sessionCookie, `${'0'.repeat(16)}.${'A'.repeat(43)}`)
    victim.setCookie(browserCookie, attacker.cookies[browserCookie] ?? '')
    await victim.open(attacker.view.url)
    await victim.signIn(alice)
    expect(session(victim)).toMatch(/^[0-9A-Za-z]{16}\.[\w-]{43}$/)
    expect(session(victim)).not.toContain('A'.repeat(43))
    // The attacker has the name of the browser and the journey, and is still nobody.
    expect((await attacker.reload()).heading).toMatch(/^Sign in/)
    expect(await door.silently(attacker)).toBe('login_required')
  })
})

describe('cookies', () => {
  /** What the app hears for this Cookie header: an error, a code, or the status of a page. */
  async function heard(cookie: string): Promise<string> {
    const { url } = authorizeUrl(server, app, { prompt: 'none' })
    const response = await server.fetch(url, { headers: { Cookie: cookie } })
    const location = response.headers.get('location')
    if (location === null) return String(response.status)
    const { searchParams } = new URL(location)
    return searchParams.get('error') ?? (searchParams.has('code') ? 'code' : '')
  }

  it('SE02 of another name count for nothing, however close', async () => {
    const mallory = session(await signedIn(await server.addUser({ username: 'mallory' })))
    const own = session(await signedIn())
    const close = [
      'grantor_session',
      '__Secure-grantor_session',
      '__host-grantor_session',
      '__HOST-GRANTOR_SESSION',
      // A sibling host may set these: to the browser they do not begin with __Host-.
      '\u00a0__Host-grantor_session',
      '__Host-grantor_session\u00a0',
      '\u0085__Host-grantor_session',
      '"__Host-grantor_session"',
      '=__Host-grantor_session',
      '$Path; =__Host-grantor_session',
      '__Host-grantor_session%3D',
      '__Host%2Dgrantor_session',
    ]
    for (const name of close) {
      expect(await heard(`${name}=${mallory}`), name).toBe('login_required')
      expect(await heard(`${name}=${mallory}; ${sessionCookie}=${own}`), name).toBe('code')
      expect(await heard(`${sessionCookie}=${own}; ${name}=${mallory}`), name).toBe('code')
    }
  })

  it('SE02 that come twice are refused at every page, and neither is used', async () => {
    const mallory = await signedIn(await server.addUser({ username: 'mallory' }))
    const own = await signedIn()
    const sessions = `${sessionCookie}=${session(mallory)}; ${sessionCookie}=${session(own)}`
    expect(await heard(sessions)).toBe('400')
    expect(await heard(`${sessionCookie}=; ${sessionCookie}=${session(own)}`)).toBe('400')
    const browsers = [mallory, own].map(({ cookies }) => `${browserCookie}=${cookies[browserCookie]}`)
    await own.open(authorizeUrl(server, app, { prompt: 'login' }).url)
    const journey = own.view.url
    for (const [path, cookie] of [
      ['/account/connections', sessions],
      ['/end-session', sessions],
      [journey.pathname, `${sessions}; ${browsers[1]}`],
      [journey.pathname, `${browsers.join('; ')}; ${sessionCookie}=${session(own)}`],
    ] as const) {
      const response = await server.fetch(path, { headers: { Cookie: cookie } })
      const deleted = response.headers.getSetCookie()
      expect([response.status, deleted.length > 0], path).toEqual([400, true])
      // Those of other paths and domains go; its own stay.
      for (const line of deleted) expect(line, path).toMatch(/=; Path=\/(\w|; Domain=).*Max-Age=0/)
      expect(await response.text(), path).toContain('Your browser sent one cookie twice')
    }
    expect(await door.silently(own)).toBeNull()
    expect(await heard(`${sessionCookie}=${session(own)}; ${sessionCookie}=${session(own)}`)).toBe('code')
  })

  it('SE02 over http, where no prefix helps, are refused when they come twice', async () => {
    const local = await createTestServer({ issuer: 'http://localhost:9000', cheapPasswords: true })
    const name = cookieName(local.config, 'session')
    const cookie = `${name}=a; ${name}=b`
    const response = await local.fetch('/account/connections', { headers: { Cookie: cookie } })
    expect(response.status).toBe(400)
    await local.close()
  })
})

describe('a foreign form', () => {
  const own = { Origin: 'https://as.test', 'Sec-Fetch-Site': 'same-origin' }
  const foreign: [string, Record<string, string>][] = [
    ['another site', { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site' }],
    ['another site, in an old browser', { Origin: 'https://evil.test' }],
    ['another site, without an Origin', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling host, without an Origin', { 'Sec-Fetch-Site': 'same-site' }],
    ['a sandboxed page', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }],
    ['a sandboxed page, in an old browser', { Origin: 'null' }],
    ['a sibling host', { Origin: 'https://www.as.test', 'Sec-Fetch-Site': 'same-site' }],
    ['a host that begins like ours', { Origin: 'https://as.test.evil.test' }],
    ['our host without TLS', { Origin: 'http://as.test', 'Sec-Fetch-Site': 'cross-site' }],
    ['our host on another port', { Origin: 'https://as.test:8443', 'Sec-Fetch-Site': 'same-site' }],
    ['two origins', { Origin: 'https://as.test https://evil.test' }],
    ['who says our origin and is contradicted', { ...own, 'Sec-Fetch-Site': 'cross-site' }],
    ['who says our site and is contradicted', { ...own, Origin: 'https://evil.test' }],
    ['a form of text', { ...own, 'Content-Type': 'text/plain' }],
    ['a form with files', { ...own, 'Content-Type': 'multipart/form-data; boundary=x' }],
    ['a form without a type', { ...own, 'Content-Type': '' }],
    ['a script, as JSON', { ...own, 'Content-Type': 'application/json' }],
  ]

  function send({ browser, action, fields }: FilledForm, headers: Record<string, string>): Promise<Response> {
    return server.fetch(action, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Cookie: cookieHeader(browser),
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    })
  }

  async function expectRefusal(response: Response, why: string): Promise<void> {
    const { status, headers } = response
    expect([status, headers.get('location'), headers.getSetCookie()], why).toEqual([403, null, []])
    expect(await response.text(), why).toMatch(/<h1>/)
  }

  it('SE03 from anywhere but our own pages is refused, at every form there is', async () => {
    const seen = new Set<string>()
    for (const [name, prepare] of Object.entries(scenes.forms)) {
      const prepared = await prepare()
      seen.add(new URL(prepared.action).pathname)
      for (const [from, headers] of foreign)
        await expectRefusal(await send(prepared, headers), `${name} from ${from}`)
      // Nothing was lost: the person's own press of the button still works.
      expect((await send(prepared, own)).status, name).toBeLessThan(400)
    }
    // Requests of apps come from other sites by nature; for all else there is a form above.
    const posts = (await endpointsOf(server)).filter(
      ({ forPeople, methods }) => forPeople && methods.includes('POST'),
    )
    const untried = posts.filter(({ matches }) => ![...seen].some(matches)).map(({ route }) => route)
    expect(untried).toEqual(['/authorize', '/end-session'])
  })

  it('SE03 with no token, or a token of another session, page or journey, is refused', async () => {
    const all = scenes.forms
    const tokens = await inTurn(Object.values(all), async (prepare) => (await prepare()).fields.csrf ?? '')
    expect(new Set(tokens).size).toBe(tokens.length)
    const wrong = ['', 'x', 'null', '__proto__', 'x'.repeat(43), ...tokens]
    for (const [name, prepare] of Object.entries(all)) {
      const prepared = await prepare()
      const { csrf: right, ...rest } = prepared.fields
      for (const csrf of wrong.filter((token) => token !== right))
        await expectRefusal(await send({ ...prepared, fields: { ...rest, csrf } }, own), `${name}: ${csrf}`)
      await expectRefusal(await send({ ...prepared, fields: rest }, own), `${name} without`)
      expect((await send(prepared, own)).status, name).toBeLessThan(400)
    }
  })

  it('SE03 that signs a victim in as the attacker is refused: the journey is another browser’s', async () => {
    const mallory = await server.addUser({ username: 'mallory' })
    const attacker = await door.atLogin()
    const victim = await door.atLogin()
    const { fields = {}, action = '' } = attacker.view.forms[0] ?? {}
    const body = { ...fields, username: 'mallory', password: mallory.password }
    for (const from of [server.issuer, 'https://evil.test']) {
      const view = await victim.post(action, body, { from })
      expect([400, 403]).toContain(view.status)
      expect(session(victim)).toBe('')
    }
  })
})

describe('what a stranger learns', () => {
  /** Everything a browser can see of an answer, but for what it has typed itself and what is never the same. */
  const seen = (view: View, typed: string) => ({
    status: view.status,
    headers: [...view.headers].map(([name, value]) => [name, value.replace(/(browser=)[\w-]{43}/, '$1')]),
    body: view.html
      .replaceAll(typed, 'NAME')
      .replace(/name="csrf" value="[\w-]+"/g, '')
      .replace(/&quot;challenge&quot;:&quot;[\w-]+&quot;/g, '')
      .replace(/interaction=[0-9A-Za-z]{16}/g, '')
      .replace(/\/login\/[0-9A-Za-z]{16}/g, ''),
  })
  const typed = ['alice', 'alice@example.test', 'nobody', 'nobody@example.test', 'sso-only', 'closed']

  beforeEach(async () => {
    await server.addUser({ username: 'sso-only', hasPassword: false })
    await server.addUser({ username: 'closed', disabled: true })
  })

  it('SE04 is byte for byte the same for every name, known or not', async () => {
    const answers = await inTurn(typed, async (name) => seen(await door.guess(name), name))
    expect(answers[0]?.status).toBe(422)
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it('SE04 is the same before anything is typed, when the tries are used up, and when nobody can check', async () => {
    const hinted = await inTurn(typed, async (name) =>
      seen((await door.atLogin(undefined, { login_hint: name })).view, name),
    )
    for (const page of hinted) expect(page).toEqual(hinted[0])
    // The two names of one account share its tries (SE05), so each account is asked for by one of them.
    const accounts = typed.filter((name) => name !== 'alice@example.test')
    const braked = await inTurn(accounts, async (name) => {
      const [last] = (await inTurn([1, 2, 3, 4, 5, 6], () => door.guess(name))).reverse()
      return seen(last as View, name)
    })
    expect(braked[0]?.status).toBe(429)
    for (const answer of braked) expect(answer).toEqual(braked[0])
    const closed = createPasswordHasher()
    await closed.close()
    Object.assign(server.deps.passwords, closed)
    server.clock.advance(60)
    const busy = await inTurn(accounts, async (name) => seen(await door.guess(name), name))
    expect(busy[0]?.status).toBe(503)
    for (const answer of busy) expect(answer).toEqual(busy[0])
  })

  it('SE04 costs the same: one hash, and the same questions to the store in the same order', async () => {
    const done = watch(server)
    const browsers = await inTurn(typed, () => door.atLogin())
    const work = await inTurn(typed, async (name) => {
      done.length = 0
      await browsers.shift()?.submit({ username: name, password: 'wrong' })
      return done.slice()
    })
    expect(work[0]?.filter((step) => step === 'passwords.verify')).toHaveLength(1)
    for (const steps of work) expect(steps).toEqual(work[0])
    const long = await inTurn(['alice', 'nobody'], async (name) => {
      const browser = await door.atLogin()
      done.length = 0
      await browser.submit({ username: name, password: 'x'.repeat(2000) })
      return done.slice()
    })
    expect(long[1]).toEqual(long[0])
    expect(long[0]).not.toContain('passwords.verify')
  })

  it('SE04 spends the same hash on nobody as on somebody', async () => {
    const real = createPasswordHasher()
    // Processor time of this process, worker included; a real hash takes tens of milliseconds of it.
    const cost = async (hash: string | undefined) => {
      const start = process.cpuUsage()
      await real.verify(hash, 'wrong')
      const { user, system } = process.cpuUsage(start)
      return user + system
    }
    const hash = await real.hash(prepared('right'))
    await cost(undefined)
    const ratio = await ratioOfBest(
      () => cost(undefined),
      () => cost(hash),
      [0.5, 2],
    )
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
    await real.close()
  })
})

describe('guessing', () => {
  const name = (view: Promise<View>) => view.then(({ status }) => status)

  it('SE05 has one budget for every spelling of an account', async () => {
    const spellings = [
      'alice',
      'ALICE',
      ' alice ',
      'alice@example.test',
      '\uff41lice',
      'Alice\uff20Example.Test',
    ]
    const seen = await inTurn(spellings, (spelling) => name(door.guess(spelling)))
    expect(seen).toEqual([422, 422, 422, 422, 422, 429])
    server.clock.advance(1)
    expect(await name(door.guess('alice@example.test', alice.password))).toBe(200)
  })

  it('SE05 gets no more tries all at once, nor by signing in as oneself in between', async () => {
    const browsers = await atOnce((i) => door.atLogin(`203.0.113.${i}`))
    const names = ['alice', 'ALICE', 'alice@example.test', ' alice']
    const tries = browsers.map((browser, i) =>
      browser.submit({ username: names[i % names.length] ?? '', password: 'wrong' }),
    )
    expect(tally((await statuses(tries)).map(String))).toEqual({ 422: 5, 429: 45 })
    server.clock.advance(86_400)
    const mallory = await server.addUser({ username: 'mallory' })
    const attacker = createBrowser(server)
    const seen = await inTurn([1, 2, 3, 4, 5, 6], async () => {
      await attacker.open(authorizeUrl(server, app, { prompt: 'login' }).url)
      if (session(attacker)) await attacker.open(`${attacker.view.url}?account=other`)
      await attacker.signIn(mallory)
      return name(door.guess('alice'))
    })
    expect(seen).toEqual([422, 422, 422, 422, 422, 429])
  })

  it.each([
    ['X-Forwarded-For', (i: number) => `127.0.0.1, 10.0.0.${i}`],
    ['X-Forwarded-For', (i: number) => `203.0.113.${i}`],
    ['X-Real-IP', (i: number) => `203.0.113.${i}`],
    ['Forwarded', (i: number) => `for=203.0.113.${i}`],
    ['CF-Connecting-IP', (i: number) => `203.0.113.${i}`],
    ['True-Client-IP', (i: number) => `203.0.113.${i}`],
  ])('SE06 is counted by address, whatever %s says', async (header, forged) => {
    const seen = await inTurn([...Array(21).keys()], (i) =>
      guessFrom(server, '192.0.2.77', i, { [header]: forged(i) }),
    )
    expect(seen).toEqual([...Array(20).fill(422), 429])
    expect(await guessFrom(server, '192.0.2.78', 99)).toBe(422)
  })

  it.each([
    ['loopback', ['127.0.0.1', '::ffff:127.0.0.1', '::FFFF:7F00:1']],
    ['loopback of IPv6', ['::1', '0:0:0:0:0:0:0:1', '::0:1']],
    [
      'one /64',
      ['2001:db8:1:2::1', '2001:DB8:1:2:3:4:5:6', '2001:0db8:0001:0002::ffff', '2001:db8:1:2::%eth0'],
    ],
  ])('SE06 has no exemption for %s, in any spelling', async (_, addresses) => {
    const seen = await inTurn([...Array(21).keys()], (i) =>
      guessFrom(server, addresses[i % addresses.length] ?? '', i),
    )
    expect(seen).toEqual([...Array(20).fill(422), 429])
    expect(await guessFrom(server, '2001:db8:1:3::1', 99)).toBe(422)
  })

  it('SE06 behind a trusted proxy is counted by what the proxy says, not by what the client claims to it', async () => {
    const proxied = await createTestServer({ cheapPasswords: true, config: { trustProxy: ['10.0.0.0/8'] } })
    const spellings = ['203.0.113.7', '::ffff:203.0.113.7', '[::ffff:cb00:7107]', '203.0.113.7, 10.9.9.9']
    const seen = await inTurn([...Array(21).keys()], (i) =>
      guessFrom(proxied, '10.0.0.1', i, {
        'X-Forwarded-For': `6.6.6.${i}, ${spellings[i % spellings.length]}`,
      }),
    )
    expect(seen).toEqual([...Array(20).fill(422), 429])
    expect(await guessFrom(proxied, '10.0.0.1', 99, { 'X-Forwarded-For': '203.0.113.8' })).toBe(422)
    await proxied.close()
  })

  it('SE07 does not lock out who has signed in with this browser before', async () => {
    const known = await signedIn()
    await inTurn([1, 2, 3, 4, 5, 6], () => door.guess('alice'))
    expect(await name(door.guess('alice', alice.password))).toBe(429)
    const afresh = async (password: string) => {
      await known.open(authorizeUrl(server, app, { prompt: 'login' }).url)
      return known.submit({ password })
    }
    expect((await afresh(alice.password)).left?.params.has('code')).toBe(true)
    // The same after the session is long over: it is the browser that is known.
    server.clock.advance(100 * 86_400)
    await inTurn([1, 2, 3, 4, 5, 6], () => door.guess('alice'))
    await known.open(authorizeUrl(server, app).url)
    expect((await known.signIn(alice)).left?.params.has('code')).toBe(true)
    // It has tries of its own, not endless ones, and for its own person only.
    const own = await inTurn([1, 2, 3, 4, 5, 6], async () => (await afresh('wrong')).status)
    expect(own).toEqual([422, 422, 422, 422, 422, 429])
    await server.addUser({ username: 'bob' })
    await inTurn([1, 2, 3, 4, 5], () => door.guess('bob'))
    await known.open(authorizeUrl(server, app, { prompt: 'select_account' }).url)
    await known.submit({}, 'Use another account')
    expect((await known.submit({ username: 'bob', password: 'wrong' })).status).toBe(429)
  })
})

/** A wrong password for a name of its own, so that only the address's brake is felt. */
async function guessFrom(
  node: TestServer,
  address: string,
  index: number,
  headers: Record<string, string> = {},
): Promise<number> {
  const browser = createBrowser(node, { address })
  const { url, forms } = await browser.open('/login')
  const fields = { ...forms[0]?.fields, username: `name${index}`, password: 'wrong' }
  return (await browser.request(url, { method: 'POST', fields, from: node.issuer, headers })).status
}

describe('a password', () => {
  it.each<[string, number, string]>([
    ['of 1 MB', 413, 'a'.repeat(1_000_000)],
    ['of almost a form', 422, 'a'.repeat(65_000)],
    ['over 1 KiB', 422, 'a'.repeat(1025)],
    ['over 1 KiB in bytes', 422, '\u00e9'.repeat(513)],
    ['with a NUL', 400, 'correct horse battery staple\0'],
    ['of NUL', 400, '\0'],
  ])('SE08 %s is refused (%i) before anything is hashed', async (_, status, password) => {
    server.deps.passwords.verify = async () => {
      throw new Error('hashed')
    }
    for (const who of ['alice', 'nobody']) expect((await door.guess(who, password)).status).toBe(status)
  })

  it('SE08 is compared exactly in its one form: edge spaces, case, width, beyond 72 bytes', async () => {
    const password = ` ${'x'.repeat(80)}\u00e9Y `
    await server.addUser({ username: 'carol', password })
    const wrong = [
      password.trim(),
      password.trimStart(),
      password.trimEnd(),
      `${password} `,
      password.toLowerCase(),
      password.slice(0, 72),
      password.replace('Y', 'Z'),
      password.replace('Y', '\uff39'),
    ]
    for (const guess of wrong) {
      expect((await door.guess('carol', guess)).status).toBe(422)
      server.clock.advance(900)
    }
    expect((await door.guess('carol', password.normalize('NFD'))).heading).toMatch(/^Allow/)
  })

  it('SE08 of 1 KiB works whole', async () => {
    const password = `${'p'.repeat(1023)}q`
    await server.addUser({ username: 'carol', password })
    expect((await door.guess('carol', `${'p'.repeat(1023)}r`)).status).toBe(422)
    expect((await door.guess('carol', password)).heading).toMatch(/^Allow/)
  })

  it('SE09 of a hundred people at once is hashed one by one, off the loop, the rest are 503', async () => {
    const waiting = 9
    const real = createPasswordHasher({ queue: waiting })
    await real.verify(undefined, 'the thread is up')
    Object.assign(server.deps.passwords, real)
    const browsers = await atOnce((i) => door.atLogin(`203.0.113.${i}`), 100)
    let hashed = 0
    const logins = browsers.map(async (browser, i) => {
      const { status, headers } = await browser.submit({ username: `u${i}`, password: 'wrong' })
      if (status === 422) hashed += 1
      else expect(headers.get('retry-after')).toMatch(/^\d+$/)
      return String(status)
    })
    // While they are hashed the server answers others: none of those waits for a second hash.
    let served = 0
    while (hashed <= waiting) {
      const before = hashed
      expect((await server.fetch('/health/live')).status).toBe(200)
      if (hashed - before > 1) throw new Error('the loop stood still during a hash')
      served += 1
      await new Promise(setImmediate)
    }
    expect(tally(await Promise.all(logins))).toEqual({ 422: waiting + 1, 503: 100 - waiting - 1 })
    expect(served).toBeGreaterThan(10 * hashed)
    await real.close()
  })
})

describe('the way on after signing in', () => {
  it.each([
    '//evil.test',
    '/\\evil.test',
    '/%09/evil.test',
    'https://evil.test',
    'javascript:alert(1)',
    '/\t/evil',
  ])('SE10 is ours, never %s', async (evil) => {
    for (const start of ['/login', '/account', '/account/connections']) {
      const browser = createBrowser(server)
      const to = encodeURIComponent(evil)
      await browser.open(
        `${start}?return_to=${to}&returnTo=${to}&next=${to}&redirect_uri=${to}&continue=${to}`,
      )
      const { fields = {}, action = '' } = browser.view.forms[0] ?? {}
      const more = {
        username: 'alice',
        password: alice.password,
        return_to: evil,
        returnTo: evil,
        next: evil,
      }
      const view = await browser.post(action, { ...fields, ...more })
      expect(view.left).toBeUndefined()
      expect(view.url.href).toBe(server.issuer + start.replace('/login', '/account'))
      expect(view.html).not.toContain('evil')
    }
  })

  it.each([
    '//evil.test',
    '//evil.test/login',
    '/\\evil.test',
    '/%5Cevil.test',
    '/%2f%2fevil.test/login',
    '/%09/evil',
  ])('SE10 from %s leads nowhere', async (path) => {
    for (const prefix of ['', '/authorize', '/login', '/account', '/end-session']) {
      for (const method of ['GET', 'POST']) {
        const body = method === 'POST' ? { body: new URLSearchParams({ x: 'y' }) } : {}
        const response = await server.fetch(`${server.issuer}${prefix}${path}`, { method, ...body })
        expect([404, 405], prefix + path).toContain(response.status)
        expect(response.headers.get('location')).toBeNull()
      }
    }
  })
})

describe('the end of a session', () => {
  it('SE15 comes when it is not used', async () => {
    const browser = await signedIn()
    server.clock.advance(server.config.sessionIdleTtl - 1)
    expect(await door.silently(browser)).toBeNull()
    server.clock.advance(server.config.sessionIdleTtl)
    expect(await door.silently(browser)).toBe('login_required')
    // Being looked at does not bring it back.
    expect(await door.silently(browser)).toBe('login_required')
    expect((await browser.open('/account')).heading).toBe('Sign in')
  })

  it('SE15 comes at its time, however much it is used, at every page and for its tokens', async () => {
    const browser = createBrowser(server)
    await codeFlow(server, browser, app, { person: alice })
    const { sessionAbsoluteTtl, sessionIdleTtl } = server.config
    const step = sessionIdleTtl - 1
    let left = sessionAbsoluteTtl
    for (; left > step; left -= step) {
      server.clock.advance(step)
      expect(await door.silently(browser)).toBeNull()
    }
    server.clock.advance(left - 1)
    expect(await door.silently(browser)).toBeNull()
    server.clock.advance(1)
    expect(await door.silently(browser)).toBe('login_required')
    expect((await browser.open('/account')).heading).toBe('Sign in')
    expect((await browser.open(authorizeUrl(server, app).url)).heading).toMatch(/^Sign in/)
  })
})
