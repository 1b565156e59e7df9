// The security catalogue, group AZ: hostile requests to /authorize, and journeys that leave the way.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce, outcome } from '../support/connected.js'
import {
  authorizeUrl,
  type Changes,
  claimsOf,
  codeFlow,
  getCode,
  redeem,
  tokenRequest,
  walk,
} from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { processorTime } from '../support/processor-time.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { type Asked, ask, foreignMarkup, verdict } from '../support/verdict.js'

let server: TestServer
let app: Registered
let alice: Person

beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { client_name: 'Calendar', client_uri: 'https://app.test/home' })
  alice = await server.addUser()
})
afterAll(() => server.close())

/** A browser in which alice is signed in and Calendar has its consent for `openid`. */
async function settled(): Promise<Browser> {
  const browser = createBrowser(server)
  await getCode(server, browser, app, { person: alice })
  return browser
}

/** What each of these requests comes to, by GET and by POST. */
async function verdicts(table: Changes[], asked: Asked = {}, client = app): Promise<Set<string>> {
  const seen = new Set<string>()
  for (const changes of table) {
    for (const method of ['GET', 'POST'] as const) {
      seen.add(await ask(server, client, changes, { ...asked, method }))
    }
  }
  return seen
}

const idOf = (url: URL) => url.pathname.split('/').at(-1) as string
/** The form of the page that goes to this page of ours. */
function formTo(browser: Browser, page: string) {
  const { forms, heading } = browser.view
  const form = forms.find(({ action }) => new URL(action).pathname.startsWith(`/${page}/`))
  if (!form) throw new Error(`no form to ${page} on "${heading}"`)
  return form
}

/** Sends a form as our own page would, and stops at the answer. */
const post = (browser: Browser, target: string, fields: Record<string, string>) =>
  browser.request(target, { method: 'POST', fields, from: server.issuer })

/** For answers that may lead nowhere else. */
const judge = (answer: Response) => verdict(server, answer, { redirectUri: 'nowhere:', state: null })

describe('a request', () => {
  it('AZ01 names no known, enabled client: a page, whatever else it says', async () => {
    const disabled = await server.addClient('web', {}, { disabled: true })
    const deleted = await server.addClient('web')
    await server.deps.store.clients.remove(deleted.client.id, server.clock.now)
    const browser = await settled()
    const ids = [
      undefined,
      '',
      'nobody',
      `${app.client.id} `,
      app.client.id.toUpperCase(),
      '__proto__',
      'https://app.test/client',
      '"><script>alert(1)</script>',
      'x'.repeat(5000),
      disabled.client.id,
      deleted.client.id,
    ]
    const more: Changes[] = [{}, { prompt: 'none' }, { response_type: 'token', code_challenge: undefined }]
    const table = ids.flatMap((client_id) => more.map((changes) => ({ ...changes, client_id })))
    expect(await verdicts(table, { browser })).toEqual(new Set(['PAGE']))
    expect(await ask(server, app, { client_id: undefined }, { browser, raw: '&client_id=%00' })).toBe('PAGE')
    const array = { browser, raw: `&client_id[]=${app.client.id}` }
    expect(await ask(server, app, { client_id: undefined }, array)).toBe('PAGE')
    const huge = await ask(server, app, { client_id: 'x'.repeat(50_000) }, { method: 'POST' })
    expect(huge).toBe('PAGE')
  })

  it('AZ02 asks for no code', async () => {
    expect(await verdicts([{ response_type: undefined }, { response_type: '' }])).toEqual(
      new Set(['RD:invalid_request']),
    )
    const types = ['token', 'id_token', 'code token', 'code id_token', 'none', 'CODE', 'code ', 'code code']
    const table = types.map((response_type) => ({ response_type }))
    expect(await verdicts(table, { browser: await settled() })).toEqual(
      new Set(['RD:unsupported_response_type']),
    )
  })

  it('AZ03 says something twice, the same or not: a page for who and where, else the app hears it', async () => {
    const browser = await settled()
    for (const [name, values] of [
      ['client_id', [app.client.id, app.client.id]],
      ['client_id', ['nobody', app.client.id]],
      ['client_id', [app.client.id, 'nobody']],
      ['redirect_uri', ['https://app.test/cb', 'https://app.test/cb']],
      ['redirect_uri', ['https://evil.test/cb', 'https://app.test/cb']],
      ['redirect_uri', ['https://app.test/cb', 'https://evil.test/cb']],
    ] as const) {
      expect(await verdicts([{ [name]: [...values] }], { browser }), name).toEqual(new Set(['PAGE']))
    }
    const once = authorizeUrl(server, app)
    const names = [...new URL(once.url).searchParams.keys(), 'prompt', 'max_age', 'claims', 'id_token_hint']
    const others = [
      'response_mode',
      'acr_values',
      'login_hint',
      'display',
      'ui_locales',
      'request',
      'unknown',
    ]
    for (const name of [...names, ...others]) {
      if (name === 'client_id' || name === 'redirect_uri' || name === 'state') continue
      const [value] = [new URL(once.url).searchParams.get(name) ?? 'none']
      const twice = [{ [name]: [value, value] }, { [name]: [value, 'x'] }]
      expect(await verdicts(twice, { browser }), name).toEqual(new Set(['RD:invalid_request']))
    }
    // Which of two states is the app's own is not for us to guess.
    const states = await verdicts([{ state: ['a', 'b'] }], { browser, state: null })
    expect(states).toEqual(new Set(['RD:invalid_request']))
    expect(await verdicts([{ resource: [server.issuer, server.issuer] }], { browser })).toEqual(
      new Set(['code']),
    )
  })

  it('AZ04 has empty and unknown parameters: the flow works', async () => {
    const empty = ['prompt', 'max_age', 'claims', 'response_mode', 'request', 'request_uri', 'display']
    const params = Object.fromEntries(
      [...empty, 'resource', 'acr_values', 'registration'].map((n) => [n, '']),
    )
    const unknown = { foo: 'bar', constructor: 'x', 'a[b]': 'c', authorization_details: '[]' }
    const started = authorizeUrl(server, app, { ...params, ...unknown, ['__proto__']: 'x', state: '' })
    const browser = createBrowser(server)
    await browser.open(`${started.url}&client_id=&redirect_uri=&=x&&y`)
    const answer = await walk(browser, alice)
    expect([...answer.keys()]).toEqual(['code', 'iss'])
    const tokens = await redeem(server, app, { ...started, code: answer.get('code') ?? '' })
    expect(tokens.scope).toBe('openid')
  })

  it('AZ05 wants no page shown: each step that needs one has its error, and a bad redirect is a page', async () => {
    const browser = await settled()
    const none = { prompt: 'none' }
    expect(await ask(server, app, none)).toBe('RD:login_required')
    expect(await ask(server, app, none, { browser })).toBe('code')
    expect(await ask(server, app, { ...none, scope: 'openid email' }, { browser })).toBe(
      'RD:consent_required',
    )
    expect(await ask(server, app, { ...none, max_age: '0' }, { browser })).toBe('RD:login_required')
    // Passwords are the only authentication so far, so more than that is not due but unmet.
    const claims = '{"id_token":{"acr":{"essential":true,"values":["urn:more:than:a:password"]}}}'
    expect(await ask(server, app, { ...none, claims }, { browser })).toBe(
      'RD:unmet_authentication_requirements',
    )
    const elsewhere = { ...none, redirect_uri: 'https://evil.test/cb' }
    expect(await verdicts([elsewhere], { browser })).toEqual(new Set(['PAGE']))
    expect(await verdicts([elsewhere])).toEqual(new Set(['PAGE']))
    // Nothing is left behind by who only asked.
    const stranger = createBrowser(server)
    await stranger.request(authorizeUrl(server, app, none).url)
    expect(stranger.cookies).toEqual({})
  })

  it('AZ06 contradicts itself', async () => {
    const prompts = ['none login', 'none consent', 'login none', 'none select_account', 'create', 'None']
    const ages = ['-1', '1e99', 'abc', '1.5', '+1', '0x10', ' 1', '99999999999', 'Infinity', '١']
    const table = [...prompts.map((prompt) => ({ prompt })), ...ages.map((max_age) => ({ max_age }))]
    expect(await verdicts(table, { browser: await settled() })).toEqual(new Set(['RD:invalid_request']))
    expect(await verdicts(table)).toEqual(new Set(['RD:invalid_request']))
  })

  it('AZ08 has a scope that is too long or of strange characters, and costs less than 50 ms', async () => {
    const browser = await settled()
    const many = Array.from({ length: 5000 }, (_, i) => `s${i}`).join(' ')
    const long = [many, 'a'.repeat(50_000), `${' '.repeat(50_000)}x`, `openid ${'a '.repeat(25_000)}`]
    for (const scope of long) {
      const refuse = async () =>
        expect(await ask(server, app, { scope }, { browser, method: 'POST' })).toBe('RD:invalid_scope')
      expect(await processorTime(refuse, 50)).toBeLessThan(50)
      expect(await ask(server, app, { scope }, { browser })).toBe('PAGE 414')
    }
    const strange = [
      'openid "',
      'openid \\',
      'openid\temail',
      'openid\n',
      'openid é',
      'openid \u007f',
      '<b>"',
    ]
    const table = [...strange, `openid ${'a'.repeat(2100)}`, 'unknown'].map((scope) => ({ scope }))
    expect(await verdicts(table, { browser })).toEqual(new Set(['RD:invalid_scope']))
  })

  it('AZ09 has a hostile state: it comes back byte for byte in every mode, or the request is refused', async () => {
    const browser = await settled()
    const states = [
      `"'><script>alert(1)</script>`,
      'a\r\nSet-Cookie: x=y\r\n\r\n<html>',
      '&code=forged&iss=https://evil.test#',
      '?%0d%0a+ %2B',
      '\u2028ü😀\u202e',
      's'.repeat(4096),
    ]
    for (const state of states) {
      const modes: Changes[] = [{}, { response_mode: 'form_post' }]
      expect(
        await verdicts(
          modes.map((mode) => ({ ...mode, state })),
          { browser },
        ),
      ).toEqual(new Set(['code']))
      const refused = modes.map((mode) => ({ ...mode, state, scope: '"' }))
      expect(await verdicts(refused, { browser })).toEqual(new Set(['RD:invalid_scope']))
    }
    const tooLong = await verdicts([{ state: 's'.repeat(4097) }], { browser })
    expect(tooLong).toEqual(new Set(['RD:invalid_request']))
    for (const raw of ['&state=%00', '&state=a%00b', '&state=%ff', '&state=%zz', '&state=%ed%a0%80']) {
      for (const method of ['GET', 'POST'] as const) {
        expect(await ask(server, app, { state: undefined }, { browser, raw, method })).toBe('PAGE')
      }
    }
  })

  it('AZ18 asks for a mode that is not for this client: told by query', async () => {
    const byQuery = await server.addClient('web', { response_modes: ['query'] })
    const modes = [
      'fragment',
      'jwt',
      'query.jwt',
      'form_post.jwt',
      'web_message',
      'FORM_POST',
      'query form_post',
    ]
    const table = modes.map((response_mode) => ({ response_mode }))
    expect(await verdicts(table)).toEqual(new Set(['RD:invalid_request']))
    const started = authorizeUrl(server, byQuery, { response_mode: 'form_post' })
    const answer = await server.fetch(started.url)
    expect(answer.headers.get('location')).toMatch(/^https:\/\/app\.test\/cb\?error=invalid_request&/)
    // A form reaches only the web: a scheme of an app cannot be posted to (AZ19).
    const native = await server.addClient('native', { redirect_uris: ['com.example.app:/cb'] })
    const posted = await server.fetch(authorizeUrl(server, native, { response_mode: 'form_post' }).url)
    expect(posted.headers.get('location')).toMatch(/^com\.example\.app:\/cb\?error=invalid_request&/)
  })

  it('AZ21 has claims that are too long, too deep, or of a wrong shape', async () => {
    const browser = await settled()
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    const nested = `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`
    const long = [deep, nested, `{"userinfo":${nested}}`, JSON.stringify({ x: 'a'.repeat(60_000) })]
    for (const claims of long) {
      expect(await ask(server, app, { claims }, { browser, method: 'POST' })).toBe('RD:invalid_request')
    }
    const wrong = [
      ...['[]', '"x"', '1', 'null', 'true', '{', '{}{}', 'x', '{"id_token":[]}', '{"id_token":"x"}'],
      ...['{"__proto__":{"polluted":1}}', '{"id_token":{"__proto__":{"essential":true}}}'],
      ...['{"id_token":{"name":{"__proto__":null}}}', '{"userinfo":{"name":1}}', '{"userinfo":{"name":[]}}'],
      ...['{"id_token":{"acr":{"values":"x"}}}', '{"id_token":{"acr":{"values":[{}]}}}'],
      ...['{"id_token":{"acr":{"essential":"yes"}}}', `${'['.repeat(20)}${']'.repeat(20)}`],
    ]
    const table = wrong.map((claims) => ({ claims }))
    expect(await verdicts(table, { browser })).toEqual(new Set(['RD:invalid_request']))
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    // Rich requests are not built: an unknown parameter, which may hold anything and does nothing (RFC 6749 3.1).
    const details = ['[{"type":"payment"}]', '{"__proto__":1}', 'x', '['.repeat(1000)]
    const ignored = await verdicts(
      details.map((authorization_details) => ({ authorization_details })),
      { browser },
    )
    expect(ignored).toEqual(new Set(['code']))
    // 64 KiB is the largest form.
    const huge = await server.fetch('/authorize', {
      method: 'POST',
      body: new URLSearchParams({ claims: 'x'.repeat(100_000) }),
    })
    expect(await judge(huge)).toBe('PAGE 413')
  })
})

describe('every answer', () => {
  it('AZ10 names the issuer of the metadata, byte for byte: codes and errors, by query and by form', async () => {
    const tenant = await createTestServer({ cheapPasswords: true, issuer: 'https://as.test/tenant/a' })
    const person = await tenant.addUser()
    const metadata = await tenant.fetch('/.well-known/openid-configuration')
    const { issuer } = (await metadata.json()) as { issuer: string }
    const seen: string[] = []
    for (const response_mode of ['query', 'form_post']) {
      const client = await tenant.addClient('web', { redirect_uris: ['https://app.test/cb?x=1&iss2=y'] })
      const browser = createBrowser(tenant)
      const arrive = async (changes: Changes, act: () => Promise<unknown> = async () => {}) => {
        await browser.open(authorizeUrl(tenant, client, { response_mode, ...changes }).url)
        await act()
        const [form] = browser.view.forms
        const { left } = browser.view
        const params = left?.params ?? new URLSearchParams(form?.fields)
        expect(params.getAll('iss')).toEqual([issuer])
        seen.push(params.get('error') ?? (params.has('code') ? 'code' : 'nothing'))
      }
      await arrive({}, () => browser.submit({}, 'decision=deny'))
      await arrive({}, async () => {
        await browser.signIn(person)
        await browser.deny()
      })
      await arrive({}, () => browser.allow())
      await arrive({})
      await arrive({ prompt: 'none', max_age: '0' })
      await arrive({ prompt: 'none', scope: 'openid email' })
      await arrive({ scope: '"' })
      await arrive({ code_challenge: undefined })
      await arrive({ response_type: 'token' })
      await arrive({ resource: 'https://nowhere.test' })
      await arrive({ request: 'x' })
      await arrive({ request_uri: 'https://x.test' })
    }
    const once = ['access_denied', 'access_denied', 'code', 'code', 'login_required', 'consent_required']
    once.push('invalid_scope', 'invalid_request', 'unsupported_response_type', 'invalid_target')
    once.push('invalid_request_object', 'request_uri_not_supported')
    expect(seen).toEqual([...once, ...once])
    expect(issuer).toBe('https://as.test/tenant/a')
    await tenant.close()
  })

  it('AZ17 to a form is 303, so that no password is posted onwards', async () => {
    const browser = createBrowser(server)
    const statuses: number[] = []
    const press = async (page: string, fields: Record<string, string>) => {
      const form = formTo(browser, page)
      const answer = await post(browser, form.action, { ...form.fields, ...fields })
      statuses.push(answer.status)
      await browser.open(answer.headers.get('location') ?? '')
    }
    const params = { prompt: 'select_account consent' }
    await browser.open(authorizeUrl(server, app, params).url)
    await press('login', { username: 'alice', password: alice.password })
    await press('select-account', { account: 'other' })
    await press('login', { decision: 'deny' })
    expect(browser.view.left?.params.get('error')).toBe('access_denied')
    await browser.open(authorizeUrl(server, app, params).url)
    await press('select-account', { account: alice.user.sub })
    await press('consent', { decision: 'allow' })
    expect(browser.view.left?.params.has('code')).toBe(true)
    const fields = Object.fromEntries(new URL(authorizeUrl(server, app).url).searchParams)
    for (const from of [server.issuer, 'https://app.test']) {
      statuses.push((await browser.request('/authorize', { method: 'POST', fields, from })).status)
    }
    expect(statuses).toEqual([303, 303, 303, 303, 303, 303, 303])
  })

  it('AZ19 by form_post escapes everything, runs one script by its hash, and posts to the app alone', async () => {
    const state = `"><script>alert(1)</script><img src=x onerror=alert(1)>&'`
    const [web, spa, loopback] = [
      await server.addClient('web', { redirect_uris: [`https://app.test/cb?x='&y=;(1)&amp;z=%22%3E`] }),
      await server.addClient('spa', {
        redirect_uris: [`https://spa.test/'onclick='alert(1)/;script-src=data:`],
      }),
      await server.addClient('native'),
    ]
    for (const [client, origin] of [
      [web, 'https://app.test'],
      [spa, 'https://spa.test'],
      [loopback, 'http://127.0.0.1'],
    ] as const) {
      const params: Changes = { response_mode: 'form_post', state, scope: '"' }
      const started = authorizeUrl(server, client, params)
      const response = await server.fetch(started.url)
      const html = await response.clone().text()
      expect(await verdict(server, response, { ...started, state })).toBe('RD:invalid_scope')
      const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text = '']) => text)
      expect(scripts).toHaveLength(1)
      const hash = createHash('sha256')
        .update(scripts[0] ?? '')
        .digest('base64')
      const policy = response.headers.get('content-security-policy') ?? ''
      const directives = new Map(policy.split('; ').map((part) => [part.split(' ')[0], part]))
      expect(directives.get('script-src')).toBe(`script-src 'sha256-${hash}'`)
      expect(directives.get('form-action')).toContain(` ${origin}`)
      expect([...directives.keys()].sort()).toEqual([
        'base-uri',
        'default-src',
        'form-action',
        'frame-ancestors',
        'img-src',
        'script-src',
        'style-src',
      ])
      expect(html.replace(/<script>.*?<\/script>/s, '')).not.toMatch(foreignMarkup)
      expect(html).not.toMatch(/<form[^>]*\sonclick/)
    }
  })
})

describe('re-authentication', () => {
  it('AZ07 by prompt=login and max_age is a real one: the password again, and a new auth_time', async () => {
    for (const params of [{ prompt: 'login' }, { max_age: '1' }, { max_age: '0' }]) {
      const browser = createBrowser(server)
      const { id_token = '' } = await codeFlow(server, browser, app, { person: alice })
      server.clock.advance(2)
      const started = authorizeUrl(server, app, params)
      await browser.open(started.url)
      expect(browser.view.heading).toBe('Confirm that it is you')
      expect(browser.view.text).toContain('alice')
      const other = browser.newTab()
      await other.open(authorizeUrl(server, app, { prompt: 'login' }).url)
      const { pathname } = browser.view.url
      await browser.submit({ password: 'wrong' })
      // Going round the page is no way round the password.
      for (const path of ['/authorize/', '/consent/', '/select-account/']) {
        expect((await browser.open(pathname.replace('/login/', path))).heading).toBe('Confirm that it is you')
      }
      server.clock.advance(3)
      const { left } = await browser.submit({ password: alice.password })
      const tokens = await redeem(server, app, { ...started, code: left?.params.get('code') ?? '' })
      const [before, after] = [claimsOf(id_token), claimsOf(tokens.id_token ?? '')]
      expect([before.auth_time, after.auth_time]).toEqual([server.clock.now - 5, server.clock.now])
      expect([after.sub, after.sid]).toEqual([before.sub, before.sid])
      // One tab's password is not another's.
      expect((await other.reload()).heading).toBe('Confirm that it is you')
    }
  })

  it('AZ11 half done gives nothing: no code with the password alone where more is wanted', async () => {
    const claims = '{"id_token":{"acr":{"essential":true,"values":["urn:more:than:a:password"]}}}'
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app, { claims }).url)
    await walk(browser, alice)
    expect(browser.view.left?.params.get('error')).toBe('unmet_authentication_requirements')
    expect(browser.view.left?.params.has('code')).toBe(false)

    const ghost = await server.addUser({ username: 'ghost', disabled: true })
    const stranger = createBrowser(server)
    await stranger.open(authorizeUrl(server, app).url)
    const { url } = stranger.view
    expect((await stranger.signIn(ghost)).status).toBe(403)
    expect(Object.keys(stranger.cookies)).toEqual(['__Host-grantor_browser'])
    for (const path of ['/authorize/', '/consent/', '/select-account/']) {
      expect((await stranger.open(url.pathname.replace('/login/', path))).heading).toBe('Sign in')
    }
  })
})

describe('a journey', () => {
  it('AZ12 with steps skipped, in another order, or twice: 403 or 400, and no code', async () => {
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app, { prompt: 'consent' }).url)
    const id = idOf(browser.view.url)
    const csrf = browser.view.forms[0]?.fields.csrf ?? ''
    for (const fields of [{}, { csrf }, { csrf, decision: 'allow' }, { decision: 'allow' }]) {
      expect(await judge(await post(browser, `/consent/${id}`, fields))).toBe('PAGE 403')
      expect(await judge(await post(browser, `/consent/${id}?shown=${csrf}`, fields))).toBe('PAGE 403')
      const chosen = { ...fields, account: alice.user.sub }
      expect(await judge(await post(browser, `/select-account/${id}`, chosen))).toBe('PAGE 403')
      expect(await judge(await post(browser, `/authorize/${id}/restart`, fields))).toBe('PAGE 403')
      expect(await judge(await post(browser, `/authorize/${id}`, fields))).toBe('PAGE 405')
    }
    expect(await judge(await post(browser, `/login/${id}`, {}))).toBe('PAGE 403')
    await browser.signIn(alice)
    const { action, fields } = formTo(browser, 'consent')
    for (const [target, decision] of [
      [action, ''],
      [action, 'maybe'],
      [action.replace(/\?.*/, ''), 'allow'],
    ] as const) {
      expect(await judge(await post(browser, target, { ...fields, decision }))).toBe('PAGE 403')
    }
    // A question that was never shown: no answer, the page comes.
    const other = `${action.replace(/\?.*/, '')}?shown=${'x'.repeat(43)}`
    expect(await judge(await post(browser, other, { ...fields, decision: 'allow' }))).toBe('/consent')
    const code = (await browser.allow()).left?.params.get('code')
    expect(code).toBeTruthy()
    for (const page of ['authorize', 'consent', 'login', 'select-account']) {
      expect(await judge(await browser.request(`/${page}/${id}`))).toBe('PAGE')
    }
    // The same form again leads to the same code; with another answer it leads nowhere (BR06).
    const again = await post(browser, action, { ...fields, decision: 'allow' })
    expect(new URL(again.headers.get('location') ?? '').searchParams.get('code')).toBe(code)
    expect(await judge(await post(browser, action, { ...fields, decision: 'deny' }))).toBe('PAGE')
  })

  it('AZ13 with hidden fields altered gets what was stored, where it is still registered', async () => {
    const client = await server.addClient('web', { client_name: 'Altered' })
    const browser = createBrowser(server)
    const forged = {
      scope: 'openid email offline_access',
      redirect_uri: 'https://evil.test/cb',
      response_type: 'token',
      client_id: app.client.id,
      state: 'forged',
      code_challenge: 'x'.repeat(43),
      interaction: 'x',
    }
    const started = authorizeUrl(server, client)
    await browser.open(`${started.url}`)
    const [login] = browser.view.forms
    await browser.post(`${login?.action}?${new URLSearchParams(forged)}`, {
      ...login?.fields,
      ...forged,
      username: 'alice',
      password: alice.password,
    })
    const consent = formTo(browser, 'consent')
    await browser.post(consent.action, { ...consent.fields, ...forged, decision: 'allow' })
    const { left } = browser.view
    expect(left?.url.origin).toBe('https://app.test')
    expect(left?.params.get('state')).toBe(started.state)
    const tokens = await redeem(server, client, { ...started, code: left?.params.get('code') ?? '' })
    expect(tokens.scope).toBe('openid')

    // The redirect is checked again at the end.
    await browser.open(authorizeUrl(server, client, { prompt: 'consent' }).url)
    const { metadata, id } = client.client
    const moved = { ...metadata, redirect_uris: ['https://app.test/other'] }
    await server.deps.store.clients.update({ id, metadata: moved, updatedAt: server.clock.now })
    const { action, fields } = formTo(browser, 'consent')
    expect(await judge(await post(browser, action, { ...fields, decision: 'allow' }))).toBe('PAGE')
  })

  it('AZ14 belongs to the browser that began it: no other can look at it or go on with it', async () => {
    const attacker = createBrowser(server)
    const victim = await settled()
    await attacker.open(authorizeUrl(server, app, { state: 'of-the-attacker' }).url)
    const id = idOf(attacker.view.url)
    const { fields = {} } = attacker.view.forms[0] ?? {}
    const grants = () =>
      server.deps.store.grants.list({ sub: alice.user.sub, limit: 1000, now: server.clock.now })
    const { length } = await grants()
    for (const page of ['authorize', 'login', 'consent', 'select-account']) {
      const seen = await victim.request(`/${page}/${id}`)
      expect(await judge(seen.clone())).toBe('PAGE')
      const html = await seen.text()
      expect(html).toContain('This page belongs to another browser')
      expect(html).toContain('https://app.test/home')
      expect(html).not.toContain('of-the-attacker')
    }
    for (const page of ['authorize', 'login', 'consent', 'select-account']) {
      const target = page === 'authorize' ? `/authorize/${id}/restart` : `/${page}/${id}`
      const sent = { ...fields, decision: 'allow', account: alice.user.sub, username: 'alice' }
      const answer = await post(victim, target, { ...sent, password: alice.password })
      expect(await judge(answer)).toBe('PAGE')
    }
    expect(await grants()).toHaveLength(length)
    // The journey of who began it has not moved, and goes on: nobody has signed in for them.
    expect((await attacker.reload()).heading).toBe('Sign in')
    expect((await attacker.signIn(alice)).left?.params.get('state')).toBe('of-the-attacker')
  })

  it('AZ15 with a hint that is forged or of somebody else never ends as the person in it', async () => {
    const bob = await server.addUser({ username: 'bob' })
    const other = createBrowser(server)
    const { id_token: ofAlice = '', access_token } = await codeFlow(server, createBrowser(server), app, {
      person: alice,
    })
    await codeFlow(server, other, app, { person: bob })
    const [header = '', payload = '', signature = ''] = ofAlice.split('.')
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const ofBob = part({ ...claimsOf(ofAlice), sub: bob.user.sub })
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
    const secret = knownKey('RS256').export({ format: 'der', type: 'pkcs8' })
    const hmac = `${part({ alg: 'HS256', kid, typ: 'JWT' })}.${ofBob}`
    const mac = createHash('sha256').update(secret).update(hmac).digest('base64url')
    const forged = [
      'x',
      'e30.e30.',
      `${part({ alg: 'none', typ: 'JWT' })}.${ofBob}.`,
      `${part({ alg: 'nOnE', typ: 'JWT', kid })}.${payload}.${signature}`,
      `${hmac}.${mac}`,
      `${header}.${ofBob}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature}.`,
      `${ofAlice} `,
      access_token,
    ]
    const table = forged.map((id_token_hint) => ({ id_token_hint }))
    for (const browser of [other, undefined]) {
      const asked = browser ? { browser } : {}
      expect(await verdicts(table, asked)).toEqual(new Set(['RD:invalid_request']))
      const silent = table.map((changes) => ({ ...changes, prompt: 'none' }))
      expect(await verdicts(silent, asked)).toEqual(new Set(['RD:invalid_request']))
      const honest = { id_token_hint: ofAlice, prompt: 'none' }
      expect(await ask(server, app, honest, asked)).toBe('RD:login_required')
    }
    // Bob's session does not become alice's, nor does alice's name show; and bob's sign-in is not taken for hers.
    await other.open(authorizeUrl(server, app, { id_token_hint: ofAlice }).url)
    expect(other.view.heading).toBe('Sign in')
    expect(other.view.html).not.toMatch(/alice|Liddell/)
    expect((await other.signIn(bob)).left?.params.get('error')).toBe('login_required')
  })

  it('AZ16 whose person or client is disabled or deleted on the way gets no code that works', async () => {
    const { store } = server.deps
    const now = server.clock.now
    const changes: [string, (client: Registered, person: Person) => Promise<unknown>, string][] = [
      [
        'client disabled',
        ({ client }) => store.clients.setDisabled(client.id, true, now),
        'This app is switched off',
      ],
      ['client deleted', ({ client }) => store.clients.remove(client.id, now), 'This app is not known here'],
      ['person disabled', (_, { user }) => store.users.setDisabled(user.sub, true, now), 'Sign in'],
      ['person deleted', (_, { user }) => store.users.remove(user.sub, now), 'Sign in'],
    ]
    for (const [name, change, heading] of changes) {
      for (const when of ['before', 'with'] as const) {
        const client = await server.addClient('web', { client_name: name })
        const person = await server.addUser({ username: `${name} ${when}` })
        const browser = createBrowser(server)
        const started = authorizeUrl(server, client)
        await browser.open(started.url)
        await browser.signIn(person)
        const { action, fields } = formTo(browser, 'consent')
        if (when === 'before') {
          await change(client, person)
          const view = await browser.allow()
          expect(view.left, name).toBeUndefined()
          expect(view.heading, name).toBe(heading)
          continue
        }
        const [answer] = await Promise.all([
          post(browser, action, { ...fields, decision: 'allow' }),
          change(client, person),
        ])
        // A row that went away midway is a 503; asked again, it is as above.
        if (answer.status !== 503) await verdict(server, answer.clone(), started)
        const code = new URL(answer.headers.get('location') ?? '/', server.issuer).searchParams.get('code')
        if (code === null) continue
        const exchange = {
          grant_type: 'authorization_code',
          code,
          redirect_uri: started.redirectUri,
          code_verifier: started.verifier,
        }
        const refused = await outcome(await tokenRequest(server, client, exchange))
        expect(refused, name).toMatch(/^400 invalid_grant$|^401 invalid_client$/)
      }
    }
  })

  it.each([
    ['signs out', '/end-session', 'login_required'],
    ['disconnects the app', '/account/connections', 'consent_required'],
  ])('AZ16 whose person %s at that very instant leaves nothing behind', async (_, page, error) => {
    const { grants, sessions, consents } = server.deps.store
    const [create, end, forget] = [grants.create, sessions.end, consents.remove]
    const client = await server.addClient('web')
    const begin = async () => {
      const browser = createBrowser(server)
      await getCode(server, browser, client, { person: alice })
      const tab = browser.newTab()
      await tab.open(page)
      const form = tab.view.forms.find(
        ({ action }) => /confirm$/.test(action) || action.includes(client.client.id),
      )
      const fields = { ...form?.fields, decision: 'allow' }
      const leave = async () => expect((await post(tab, form?.action ?? '', fields)).status).toBeLessThan(304)
      return { browser, leave }
    }
    // All of it between the look at the person and the grant.
    const early = await begin()
    grants.create = async (row) => {
      grants.create = create
      await early.leave()
      await create(row)
    }
    const first = authorizeUrl(server, client)
    expect(await verdict(server, await early.browser.request(first.url), first)).toBe(`RD:${error}`)
    // The grant in the middle of it.
    const late = await begin()
    const second = authorizeUrl(server, client)
    let code = ''
    const authorize = async () => {
      Object.assign(sessions, { end })
      Object.assign(consents, { remove: forget })
      const { headers } = await late.browser.request(second.url)
      code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? ''
    }
    sessions.end = (session, at) => authorize().then(() => end(session, at))
    consents.remove = (sub, id) => authorize().then(() => forget(sub, id))
    await late.leave()
    expect(code).not.toBe('')
    const { verifier: code_verifier, redirectUri: redirect_uri } = second
    const exchange = { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
    expect(await outcome(await tokenRequest(server, client, exchange))).toBe('400 invalid_grant')
  })

  it('AZ20 beside another one in the next tab: each code is bound to its own request', async () => {
    const notes = await server.addClient('web', { redirect_uris: ['https://notes.test/cb'] })
    const one = createBrowser(server)
    const two = one.newTab()
    const first = authorizeUrl(server, app, { scope: 'openid email' })
    const second = authorizeUrl(server, notes, { scope: 'openid profile' })
    await one.open(first.url)
    await two.open(second.url)
    await two.signIn(alice)
    await one.signIn(alice)
    const answers = { two: await walk(two), one: await walk(one) }
    expect(one.view.left?.url.origin).toBe('https://app.test')
    expect(two.view.left?.url.origin).toBe('https://notes.test')
    expect([answers.one.get('state'), answers.two.get('state')]).toEqual([first.state, second.state])
    const code = (params: URLSearchParams) => params.get('code') ?? ''
    const swapped = { grant_type: 'authorization_code', code: code(answers.one) }
    const { verifier: code_verifier, redirectUri: redirect_uri } = second
    expect(
      await outcome(await tokenRequest(server, notes, { ...swapped, code_verifier, redirect_uri })),
    ).toBe('400 invalid_grant')
    const mine = await redeem(server, app, { ...first, code: code(answers.one) })
    const theirs = await redeem(server, notes, { ...second, code: code(answers.two) })
    expect(claimsOf(mine.id_token ?? '')).toMatchObject({ aud: app.client.id, nonce: first.nonce })
    expect(claimsOf(theirs.id_token ?? '')).toMatchObject({ aud: notes.client.id, nonce: second.nonce })
    expect([mine.scope, theirs.scope]).toEqual(['openid email', 'openid profile'])

    // Fifty tabs at once, fifty codes, each with its own state.
    const tabs = await atOnce(async () => {
      const tab = authorizeUrl(server, app)
      const answer = await one.request(tab.url)
      return (await verdict(server, answer, tab)) + new URL(answer.headers.get('location') ?? '').search
    })
    expect(tabs.every((tab) => tab.startsWith('code?code='))).toBe(true)
    expect(new Set(tabs)).toHaveProperty('size', 50)
  })
})
