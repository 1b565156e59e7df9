// The security catalogue, group RU: where answers may go, at registration, at /authorize and at /token.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientKind } from '../../src/protocol/client.js'
import { OAuthError } from '../../src/protocol/error.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { authorizeUrl, type Changes, getCode, tokenRequest } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { ask, verdict } from '../support/verdict.js'

let server: TestServer
let alice: Person

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  alice = await server.addUser()
})
afterAll(() => server.close())

const clientWith = (kind: ClientKind, ...redirect_uris: string[]) => server.addClient(kind, { redirect_uris })

/** Someone who is signed in and has allowed the app: whatever is let through goes straight to the app. */
async function settled(app: Registered): Promise<Browser> {
  const browser = createBrowser(server)
  await getCode(server, browser, app, { person: alice })
  return browser
}

/** Asks for each of these, with and without a session, silently and not, by GET and POST, by query and form. */
async function expectPages(app: Registered, uris: readonly string[], browser?: Browser): Promise<void> {
  const more: Changes[] = [{}, { prompt: 'none' }, { response_mode: 'form_post' }, { scope: '"' }]
  for (const redirect_uri of uris) {
    for (const changes of more) {
      for (const method of ['GET', 'POST'] as const) {
        const asked = { method, ...(browser && { browser }) }
        expect(await ask(server, app, { ...changes, redirect_uri }, asked), redirect_uri).toBe('PAGE')
      }
    }
  }
}

/** What registering it says: the code and status of the refusal, or `registered`. */
async function register(kind: ClientKind, metadata: Record<string, unknown>): Promise<string> {
  try {
    await server.addClient(kind, metadata)
    return 'registered'
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return `${error.status} ${error.code}`
  }
}

const refused = '400 invalid_redirect_uri'

describe('at /authorize', () => {
  it('RU01 an unregistered URI is a page, also for another client and for a registered one of logout', async () => {
    const app = await server.addClient('web', {
      redirect_uris: ['https://app.test/cb'],
      post_logout_redirect_uris: ['https://app.test/out'],
    })
    await clientWith('web', 'https://neighbour.test/cb')
    const uris = [
      'https://evil.test/cb',
      'https://neighbour.test/cb',
      'https://app.test/out',
      'https://app.test',
    ]
    const others = ['//app.test/cb', '/cb', 'cb', 'https:', 'https://', '*', 'null', '[object Object]', ' ']
    const markup = ['"><script>alert(1)</script>', 'https://evil.test/"><img src=x onerror=alert(1)>']
    const browser = await settled(app)
    const all = [...uris, ...others, ...markup, `https://evil.test/${'x'.repeat(6000)}`]
    await expectPages(app, all, browser)
    await expectPages(app, uris)
    expect(await ask(server, app, { redirect_uri: 'x'.repeat(50_000) }, { browser, method: 'POST' })).toBe(
      'PAGE',
    )
  })

  it('RU02 is compared byte for byte', async () => {
    const app = await clientWith('web', 'https://app.test/cb', 'https://app.test/q?a=1&b=2')
    await expectPages(
      app,
      [
        ...['https://app.test/cb/', 'https://app.test/CB', 'https://APP.test/cb', 'HTTPS://app.test/cb'],
        ...[
          'https://app.test/c%62',
          'https://app.test/%2e/cb',
          'https://app.test/%63b',
          'https://app.test//cb',
        ],
        ...[
          'https://app.test:443/cb',
          'https://app.test:/cb',
          'https://app.test:8443/cb',
          'http://app.test/cb',
        ],
        ...[
          'https://app.test/cb?',
          'https://app.test/cb?x=1',
          'https://app.test/cb;x',
          'https://app.test./cb',
        ],
        ...['https://app.test/cb#', 'https://app.test/cb#x', 'https://app.test/cb%23', 'https:/app.test/cb'],
        ...[
          'https://xn--pp-1ka.test/cb',
          'https://аpp.test/cb',
          'https://app。test/cb',
          'https://app.test/сb',
        ],
        ...[
          'https://app.test/q',
          'https://app.test/q?b=2&a=1',
          'https://app.test/q?a=1',
          'https://app.test/q?a=1&b=2&',
        ],
      ],
      await settled(app),
    )
  })

  it('RU03 knows no look-alike of a host', async () => {
    const app = await clientWith('web', 'https://good.test/cb')
    await expectPages(
      app,
      [
        ...[
          'https://good.test@evil.test/cb',
          'https://good.test:x@evil.test/cb',
          'https://good.test%40evil.test/cb',
        ],
        ...['https://good.test.evil.test/cb', 'https://evilgood.test/cb', 'https://xgood.test/cb'],
        ...['https://good.test\\@evil.test/cb', 'https://good.test\\.evil.test/cb', 'https:\\\\good.test/cb'],
        ...['https://evil.test/https://good.test/cb', 'https://evil.test?https://good.test/cb'],
        ...['https://evil.test#https://good.test/cb', 'https://goodxtest/cb', 'https://good.testxcb'],
        ...[
          'https://evil.test/?x=https://good.test/cb',
          'https://[good.test]/cb',
          'https://good.test,evil.test/cb',
        ],
      ],
      await settled(app),
    )
  })

  it('RU04 walks no path and drops no character', async () => {
    const app = await clientWith('web', 'https://app.test/cb')
    await expectPages(
      app,
      [
        ...[
          'https://app.test/cb/../x',
          'https://app.test/cb/..;/x',
          'https://app.test/x/../cb',
          'https://app.test/./cb',
        ],
        ...[
          'https://app.test/cb/..',
          'https://app.test/cb/%2e%2e/x',
          'https://app.test/cb%252e',
          'https://app.test/cb%2f',
        ],
        ...[
          'https://app.test/cb\t',
          'https://app.test/c\tb',
          'https://app.test/cb\n',
          '\nhttps://app.test/cb',
        ],
        ...[
          'https://app.test/cb\r\nLocation: https://evil.test',
          'https://app.test/cb ',
          ' https://app.test/cb',
        ],
        ...[
          'https://app.test/cb\u200b',
          '\ufeffhttps://app.test/cb',
          'https://app.test/cb\u0001',
          'ht\ntps://app.test/cb',
        ],
      ],
      await settled(app),
    )
    for (const raw of ['%00', '%ff', '%', '%c0%af']) {
      const unread = { raw: `&redirect_uri=https://app.test/cb${raw}` }
      expect(await ask(server, app, { redirect_uri: undefined }, unread)).toBe('PAGE')
    }
  })

  it('RU05 lets a native client choose the port of a loopback address, and nothing else', async () => {
    const app = await clientWith(
      'native',
      'http://127.0.0.1/cb',
      'http://[::1]:4000/cb?x=1',
      'http://localhost/cb',
    )
    for (const redirect_uri of [
      ...['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb', 'http://127.0.0.1:65535/cb'],
      ...['http://[::1]:9/cb?x=1', 'http://[::1]/cb?x=1', 'http://localhost:3000/cb'],
    ]) {
      expect(await ask(server, app, { redirect_uri }), redirect_uri).toBe('/authorize')
      expect(await ask(server, app, { redirect_uri, prompt: 'none' }), redirect_uri).toBe('RD:login_required')
    }
    await expectPages(app, [
      ...['http://127.0.0.1:51004/other', 'http://127.0.0.1:51004/cb/', 'http://127.0.0.1:51004/cb?x=1'],
      ...['http://127.0.0.1:51004/cb#', 'http://127.0.0.1:51004', 'https://127.0.0.1:51004/cb'],
      ...[
        'http://0.0.0.0:51004/cb',
        'http://127.1:51004/cb',
        'http://127.0.0.2:51004/cb',
        'http://2130706433/cb',
      ],
      ...['http://0x7f.0.0.1/cb', 'http://127.0.0.1.evil.test/cb', 'http://127.0.0.1:51004@evil.test/cb'],
      ...[
        'http://127.0.0.1:0/cb',
        'http://127.0.0.1:65536/cb',
        'http://127.0.0.1:080/cb',
        'http://127.0.0.1:/cb',
      ],
      ...[
        'http://127.0.0.1:-1/cb',
        'http://127.0.0.1:1e3/cb',
        'http://127.0.0.1:80:80/cb',
        'http://127.0.0.1 :80/cb',
      ],
      ...[
        'http://[::1]:9/cb',
        'http://[::]:9/cb?x=1',
        'http://[0:0:0:0:0:0:0:1]:9/cb?x=1',
        'http://[::ffff:127.0.0.1]/cb',
      ],
      ...[
        'http://localhost.:3000/cb',
        'http://localhost.evil.test/cb',
        'http://LOCALHOST:3000/cb',
        'HTTP://127.0.0.1:1/cb',
      ],
    ])
  })

  it('RU06 gives that to no client of another kind', async () => {
    for (const kind of ['web', 'spa'] as const) {
      const app = await clientWith(kind, 'http://localhost:3000/cb', 'http://127.0.0.1/cb')
      await expectPages(app, ['http://localhost:3001/cb', 'http://localhost/cb', 'http://127.0.0.1:51004/cb'])
      expect(await ask(server, app, { redirect_uri: 'http://localhost:3000/cb' })).toBe('/authorize')
    }
  })

  it('RU07 left out is a page for OpenID Connect and where several are registered', async () => {
    const one = await clientWith('web', 'https://app.test/cb')
    const two = await clientWith('web', 'https://app.test/cb', 'https://app.test/other')
    const browser = await settled(one)
    await server.addResource('https://api.test', ['read'])
    for (const redirect_uri of [undefined, '']) {
      const without = { redirect_uri }
      expect(await ask(server, one, without, { browser })).toBe('PAGE')
      expect(await ask(server, one, { ...without, scope: 'openid read' }, { browser })).toBe('PAGE')
      expect(await ask(server, two, { ...without, scope: 'read' }, { browser })).toBe('PAGE')
      expect(await ask(server, two, { ...without, scope: undefined }, { browser })).toBe('PAGE')
    }
    // The one default that OAuth 2.1 4.1.1 has, said by the registration and by no guess.
    const silent = { scope: 'read', prompt: 'none', redirect_uri: undefined }
    const started = authorizeUrl(server, one, silent)
    const answer = await server.fetch(started.url)
    expect(await verdict(server, answer, { ...started, redirectUri: 'https://app.test/cb' })).toBe(
      'RD:login_required',
    )
  })

  it('RU11 is no open redirector: an app that nobody vouches for gets no answer before the person has', async () => {
    const stranger = await server.addClient(
      'web',
      { redirect_uris: ['https://phish.test/cb'] },
      { verified: false },
    )
    const browser = await settled(await clientWith('web', 'https://app.test/cb'))
    const table: Changes[] = [
      { scope: 'openid "' },
      { prompt: 'none' },
      { prompt: 'none', max_age: '0' },
      { code_challenge: undefined },
      { response_type: 'token' },
      { response_mode: 'fragment' },
      { id_token_hint: 'x' },
      { claims: '[' },
      { resource: 'https://nowhere.test' },
      { request: 'x' },
      { response_mode: 'form_post', scope: '"' },
    ]
    for (const changes of table) {
      for (const method of ['GET', 'POST'] as const) {
        expect(await ask(server, stranger, changes, { browser, method })).toBe('PAGE')
        expect(await ask(server, stranger, changes, { method })).toBe('PAGE')
      }
      const page = await browser.open(authorizeUrl(server, stranger, changes).url)
      expect(page.html).not.toMatch(/href="https:\/\/phish\.test/)
    }
    await browser.open(authorizeUrl(server, stranger).url)
    expect(browser.view.heading).toContain('Allow')
    expect((await browser.deny()).left?.params.get('error')).toBe('access_denied')
  })
})

describe('at registration', () => {
  it('RU08 a URI that carries a parameter of the answer is refused', async () => {
    const names = [
      'code',
      'state',
      'iss',
      'error',
      'error_description',
      'access_token',
      'id_token',
      'response',
    ]
    for (const name of names) {
      const escaped = `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`
      for (const uri of [
        `https://app.test/cb?${name}=x`,
        `https://app.test/cb?a=1&${name}=`,
        `https://app.test/cb?${name}`,
        `https://app.test/cb?${escaped}=x`,
      ]) {
        expect(await register('web', { redirect_uris: ['https://app.test/ok', uri] }), uri).toBe(refused)
      }
      expect(await register('native', { redirect_uris: [`com.example.app:/cb?${name}=x`] })).toBe(refused)
      const out = { post_logout_redirect_uris: [`https://app.test/out?${name}=x`] }
      expect(await register('web', out)).toBe(refused)
    }
    expect(await register('web', { redirect_uris: ['https://app.test/cb?codec=x&mystate=y'] })).toBe(
      'registered',
    )
  })

  it('RU09 a scheme that runs or reads something is refused, and a page when asked for', async () => {
    const evil = [
      ...[
        'javascript:alert(1)',
        'JaVaScRiPt:alert(1)',
        'javascript://app.test/%0aalert(1)',
        'data:text/html,x',
      ],
      ...[
        'vbscript:x',
        'blob:https://app.test/1',
        'file:///etc/passwd',
        'view-source:https://app.test',
        'about:blank',
      ],
      ...[
        ' javascript:alert(1)',
        '\tjavascript:alert(1)',
        'java\tscript:alert(1)',
        '\u0001javascript:alert(1)',
      ],
      ...[
        'java\nscript:alert(1)',
        'javascript&colon;alert(1)',
        '\u00a0javascript:alert(1)',
        'DATA:text/html,x',
      ],
      ...[
        'intent://x#Intent;scheme=http;end',
        'ms-msdt:/id',
        'filesystem:https://app.test/x',
        'jar:https://x!/',
      ],
    ]
    for (const uri of evil) {
      for (const kind of ['web', 'spa', 'native'] as const) {
        expect(await register(kind, { redirect_uris: [uri] }), uri).toBe(refused)
        expect(await register(kind, { post_logout_redirect_uris: [uri] }), uri).toBe(refused)
      }
    }
    await expectPages(await clientWith('web', 'https://app.test/cb'), evil)
    await expectPages(await clientWith('native', 'http://127.0.0.1/cb'), evil)
  })

  it('RU10 http is for loopback and private schemes for native clients (which need no dot: cursor://)', async () => {
    const elsewhere = ['http://app.test/cb', 'http://0.0.0.0/cb', 'http://127.0.0.2/cb', 'http://127.1/cb']
    const localish = [
      'http://localhost.evil.test/cb',
      'http://[::]/cb',
      'http://10.0.0.1/cb',
      'http://127.0.0.1.x/',
    ]
    const odd = [
      'https://app.test/cb#x',
      'https://u:p@app.test/cb',
      'https://*.app.test/cb',
      'https:///cb',
      '/cb',
      '',
    ]
    for (const kind of ['web', 'spa', 'native'] as const) {
      for (const uri of [...elsewhere, ...localish, ...odd]) {
        expect(await register(kind, { redirect_uris: [uri] }), uri).toBe(refused)
      }
      const loopback = {
        redirect_uris: ['http://127.0.0.1/cb', 'http://[::1]:1/cb', 'http://localhost:3000/cb'],
      }
      expect(await register(kind, loopback)).toBe('registered')
    }
    for (const uri of [
      'com.example.app:/cb',
      'com.example.app://oauth/cb',
      'cursor://anysphere.cursor-mcp/cb',
    ]) {
      expect(await register('native', { redirect_uris: [uri] }), uri).toBe('registered')
      expect(await register('web', { redirect_uris: [uri] }), uri).toBe(refused)
      expect(await register('spa', { redirect_uris: [uri] }), uri).toBe(refused)
    }
    for (const uri of ['myapp:', 'com.example.app://user@host/cb', 'COM.example.app:/cb', 'x:/cb']) {
      expect(await register('native', { redirect_uris: [uri] }), uri).toBe(refused)
    }
  })
})

describe('at /token', () => {
  it('RU12 another URI than that of the request is invalid_grant, and costs the code nothing', async () => {
    const app = await clientWith('native', 'http://127.0.0.1/cb', 'https://app.test/cb')
    const asked = 'http://127.0.0.1:51004/cb'
    const got = await getCode(server, createBrowser(server), app, {
      person: alice,
      params: { redirect_uri: asked },
    })
    const exchange = (redirect_uri: string | undefined) =>
      tokenRequest(server, app, {
        grant_type: 'authorization_code',
        code: got.code,
        code_verifier: got.verifier,
        redirect_uri,
      })
    const others = ['http://127.0.0.1/cb', 'http://127.0.0.1:51005/cb', 'https://app.test/cb', `${asked}/`]
    for (const other of [...others, `${asked}#`, asked.toUpperCase(), 'https://evil.test', ' ']) {
      expect(await outcome(await exchange(other)), other).toBe('400 invalid_grant')
    }
    expect(await outcome(await exchange(asked))).toBe('200')
    // An app may say the same without a path as its URL library writes it; that is all it may.
    const bare = await clientWith('native', 'http://127.0.0.1')
    const root = 'http://127.0.0.1:51004'
    const at = await getCode(server, createBrowser(server), bare, {
      person: alice,
      params: { redirect_uri: root },
    })
    const named = { grant_type: 'authorization_code', code: at.code, code_verifier: at.verifier }
    for (const other of [
      `${root}//`,
      `${root}/.`,
      `${root}?`,
      `${root}#`,
      'http://127.0.0.1/',
      `${root}0/`,
    ]) {
      const answer = await tokenRequest(server, bare, { ...named, redirect_uri: other })
      expect(await outcome(answer), other).toBe('400 invalid_grant')
    }
    const spelled = await tokenRequest(server, bare, { ...named, redirect_uri: `${root}/` })
    expect(await outcome(spelled)).toBe('200')
    // OAuth 2.1 10.2: who does not send it has proved as much by PKCE.
    const again = await getCode(server, createBrowser(server), app, { person: alice })
    const without = { grant_type: 'authorization_code', code: again.code, code_verifier: again.verifier }
    expect(await outcome(await tokenRequest(server, app, without))).toBe('200')
  })
})
