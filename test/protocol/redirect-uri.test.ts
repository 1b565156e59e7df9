// OAuth 2.1 2.3.1, RFC 8252 7 and the group RU: what may be registered and what matches.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkRedirectUri,
  isSameRedirect,
  matchPostLogoutRedirect,
  matchRedirect,
  redirectDestination,
  redirectLocation,
  type VerifiedRedirect,
} from '../../src/protocol/redirect-uri.js'
import { anyText } from '../support/arbitrary.js'
import { aClient } from '../support/values.js'

const web = aClient('web', { redirect_uris: ['https://app.test/cb', 'https://app.test/cb?a=1'] })
const match = (uri: string | undefined, client = web, openid = true) => matchRedirect(client, uri, { openid })
const verified = (uri: string, client = web) => {
  const found = match(uri, client)
  if ('mismatch' in found) throw new Error(`${uri} does not match`)
  return found
}

describe('matchRedirect', () => {
  it('OAuth 2.1 2.3.1: a registered string matches, query and all', () => {
    expect(verified('https://app.test/cb').uri).toBe('https://app.test/cb')
    expect(verified('https://app.test/cb?a=1').uri).toBe('https://app.test/cb?a=1')
  })

  it.each([
    ['https://app.test/cb/', 'trailing slash'],
    ['https://app.test/CB', 'case'],
    ['HTTPS://app.test/cb', 'case'],
    ['https://app.test/c%62', 'path'],
    ['https://app.test:443/cb', 'spelling'],
    ['https://app.test:8443/cb', 'port'],
    ['https://app.test/cb?b=1', 'query'],
    ['https://app.test/cb#x', 'fragment'],
    ['https://app.test/cb#', 'fragment'],
    ['https://xn--pp-mka.test/cb', 'host'],
    ['http://app.test/cb', 'http vs https'],
    ['https://app.test/other', 'path'],
  ])('RU02: %s is unregistered, differing in %s', (uri, nearest) => {
    expect(match(uri)).toEqual({ mismatch: 'unregistered', nearest })
  })

  it.each([
    'https://app.test@evil.test/cb',
    'https://app.test.evil.test/cb',
    'https://app.test\\@evil.test/cb',
    'https://appxtest/cb',
    'https://app.test/cb/../x',
    'https://app.test/cb/..;/x',
    'https://app.test/cb%252e',
    'https://app.test/cb\t',
    'https://app.test/\ncb',
    ' https://app.test/cb',
    'javascript:alert(1)',
    'https://evil.test',
    '//app.test/cb',
    '',
    '\ud800',
  ])('RU01, RU03, RU04, RU09: %j is unregistered', (uri) => {
    expect(match(uri)).toMatchObject({ mismatch: 'unregistered' })
  })

  it('RU07: left out, it is the only one registered, and never for OpenID Connect', () => {
    const one = aClient('web')
    expect(match(undefined, one, false)).toEqual({ uri: 'https://app.test/cb' })
    expect(match(undefined, one, true)).toEqual({ mismatch: 'missing' })
    expect(match(undefined, web, false)).toEqual({ mismatch: 'missing' })
    expect(match(undefined, aClient('service'), false)).toEqual({ mismatch: 'missing' })
  })

  const native = aClient('native', {
    redirect_uris: [
      'http://127.0.0.1/cb',
      'http://[::1]:1/cb?x',
      'http://localhost',
      'myapp:/cb',
      'https://app.test/cb',
    ],
  })

  it.each([
    'http://127.0.0.1/cb',
    'http://127.0.0.1:51004/cb',
    'http://127.0.0.1:65535/cb',
    'http://[::1]:9/cb?x',
    'http://[::1]/cb?x',
    'http://localhost:3000/',
    'http://localhost:3000',
    'http://localhost/',
    'myapp:/cb',
  ])('RU05: RFC 8252 7.3 lets a native client come back to %s', (uri) => {
    expect(match(uri, native)).toEqual({ uri })
  })

  it.each([
    'http://127.0.0.1:51004/other',
    'http://127.0.0.1:51004/cb/',
    'http://127.0.0.1:51004/cb?x',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:65536/cb',
    'http://127.0.0.1:080/cb',
    'http://127.0.0.1:/cb',
    'http://0.0.0.0:1/cb',
    'http://127.1:1/cb',
    'http://127.0.0.2:1/cb',
    'http://2130706433:1/cb',
    'http://127.0.0.1.evil.test/cb',
    'http://127.0.0.1:1@evil.test/cb',
    'http://localhost:1/cb',
    'http://localhost.:1/',
    'http://localhost:1/#',
    'http://[::1]:9/cb',
    'https://127.0.0.1:1/cb',
    'https://app.test:1/cb',
    'HTTP://127.0.0.1:1/cb',
    'myapp:/cb2',
  ])('RU05: but not to %s', (uri) => {
    expect(match(uri, native)).toMatchObject({ mismatch: 'unregistered' })
  })

  it.each(['web', 'spa'] as const)('RU06: a %s client gets no other port', (kind) => {
    const client = aClient(kind, { redirect_uris: ['http://localhost:3000/cb', 'http://127.0.0.1/cb'] })
    expect(match('http://localhost:3000/cb', client)).toEqual({ uri: 'http://localhost:3000/cb' })
    expect(match('http://localhost:3001/cb', client)).toEqual({ mismatch: 'unregistered', nearest: 'port' })
    expect(match('http://127.0.0.1:1/cb', client)).toEqual({ mismatch: 'unregistered', nearest: 'port' })
  })

  it('matches nothing that is not registered, whatever is added to it', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1, maxLength: 20 }), fc.nat(40), (added, at) => {
        const base = 'https://app.test/cb'
        const uri = base.slice(0, at) + added + base.slice(at)
        if (!web.metadata.redirect_uris.includes(uri))
          expect(match(uri)).toMatchObject({ mismatch: 'unregistered' })
      }),
    )
  })
})

describe('isSameRedirect', () => {
  it('RU12: takes the two spellings of an empty path for one, and nothing else', () => {
    const same = (named: string, used: string) => isSameRedirect(named, used) && isSameRedirect(used, named)
    expect(same('https://app.test/cb', 'https://app.test/cb')).toBe(true)
    expect(same('http://127.0.0.1:5000/', 'http://127.0.0.1:5000')).toBe(true)
    expect(same('http://[::1]:5000/?a=1', 'http://[::1]:5000?a=1')).toBe(true)
    for (const [named, used] of [
      ['https://app.test/cb/', 'https://app.test/cb'],
      ['https://app.test//', 'https://app.test'],
      ['http://127.0.0.1:5001/', 'http://127.0.0.1:5000'],
      ['https://app.test/', 'http://app.test'],
      ['https://app.test/?', 'https://app.test'],
      ['cursor://callback/', 'cursor://callback'],
    ] as const) {
      expect(same(named, used), named).toBe(false)
    }
  })
})

describe('matchPostLogoutRedirect', () => {
  const client = aClient('native', { post_logout_redirect_uris: ['http://127.0.0.1/out'] })
  it('LO01: RP-Initiated Logout 3 compares exactly', () => {
    expect(matchPostLogoutRedirect(client, 'http://127.0.0.1/out')).toEqual({ uri: 'http://127.0.0.1/out' })
    for (const uri of ['http://127.0.0.1:1/out', 'http://127.0.0.1/out/', 'http://127.0.0.1/cb', '']) {
      expect(matchPostLogoutRedirect(client, uri)).toBeUndefined()
    }
  })
})

describe('redirectLocation', () => {
  const to = (uri: string) => ({ uri }) as VerifiedRedirect

  it.each([
    ['https://app.test/cb', 'https://app.test/cb?code=x'],
    ['https://app.test', 'https://app.test?code=x'],
    ['https://app.test/cb?a=1', 'https://app.test/cb?a=1&code=x'],
    ['https://app.test/cb?', 'https://app.test/cb?code=x'],
    ['https://app.test/cb?a=1&', 'https://app.test/cb?a=1&code=x'],
    ['cursor://host/cb', 'cursor://host/cb?code=x'],
    ['com.example.app:/cb', 'com.example.app:/cb?code=x'],
  ])('RFC 6749 4.1.2: %s keeps its query', (uri, location) => {
    expect(redirectLocation(to(uri), { code: 'x', state: undefined })).toBe(location)
  })

  it('adds nothing when there is nothing to add', () => {
    expect(redirectLocation(to('https://app.test/cb?'), { state: undefined })).toBe('https://app.test/cb?')
  })

  it('AZ09: any state comes back byte for byte, and splits no header', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 200 }), (state) => {
        fc.pre(!/\p{Cs}/u.test(state))
        const location = redirectLocation(to('https://app.test/cb?a=1'), { state, iss: 'https://as.test' })
        expect(location).toMatch(/^[!-~]+$/)
        expect(new URL(location).searchParams.get('state')).toBe(state)
        expect(new URL(location).origin).toBe('https://app.test')
      }),
    )
  })
})

describe('checkRedirectUri', () => {
  it.each([
    'https://app.test/cb',
    'https://app.test',
    'https://app.test:8443/cb?tenant=1',
    'https://app.test:443/cb',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:1/cb',
    'https://xn--bcher-kva.test/cb',
  ])('accepts %s for every kind', (uri) => {
    for (const kind of ['web', 'spa', 'native'] as const) expect(checkRedirectUri(uri, kind)).toBeUndefined()
  })

  it.each([
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'com.example.app:/oauth',
    'com.example.app://oauth/cb',
    'myapp:cb',
  ])('RFC 8252 7.1: accepts %s for native clients alone', (uri) => {
    expect(checkRedirectUri(uri, 'native')).toBeUndefined()
    expect(checkRedirectUri(uri, 'web')).toMatch(/only for native/)
    expect(checkRedirectUri(uri, 'spa')).toMatch(/only for native/)
  })

  it.each(['code', 'state', 'iss', 'error', 'access_token'])('RU08: refuses a query with %s', (name) => {
    expect(checkRedirectUri(`https://app.test/cb?a=1&${name}=x`, 'web')).toContain(name)
    expect(
      checkRedirectUri(`https://app.test/cb?%${name.charCodeAt(0).toString(16)}${name.slice(1)}=x`, 'web'),
    ).toContain(name)
    expect(checkRedirectUri(`myapp:/cb?${name}`, 'native')).toContain(name)
  })

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'javascript://app.test/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://app.test/1',
    'file:///etc/passwd',
    'about:blank',
    'view-source:https://app.test',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    '\u0001https://app.test/cb',
  ])('RU09: refuses %j for every kind', (uri) => {
    for (const kind of ['web', 'spa', 'native', 'service'] as const) {
      expect(checkRedirectUri(uri, kind)).toEqual(expect.any(String))
    }
  })

  it.each([
    ['http://app.test/cb', /https/],
    ['http://127.0.0.2/cb', /https/],
    ['http://0.0.0.0/cb', /https/],
    ['http://127.1/cb', /written as 127\.0\.0\.1/],
    ['https://app.test/cb#x', /fragment/],
    ['https://app.test/cb#', /fragment/],
    ['https://user@app.test/cb', /user name/],
    ['https://app.test/a/../cb', /dot segment/],
    ['https://app.test/a/%2E%2e/cb', /dot segment/],
    ['https://app.test/a/..;/cb', /dot segment/],
    ['https://*.app.test/cb', /in full/],
    ['https://app.test/*', /in full/],
    ['https://App.test/cb', /written as app\.test/],
    ['https://app.test\\cb', /character/],
    ['https://bücher.test/cb', /character/],
    ['https://app.test/%zz', /percent/],
    ['https://', /host/],
    ['https:///cb', /host/],
    ['https:app.test/cb', /host/],
    ['HTTPS://app.test/cb', /lower case/],
    ['/cb', /absolute/],
    ['app.test/cb', /absolute/],
    ['', /absolute/],
    ['myapp:', /nothing to open/],
    ['c:/windows', /nothing to open/],
    ['myapp://user@host/cb', /user name/],
    [`https://app.test/${'a'.repeat(2048)}`, /longer/],
  ])('RU10: refuses %s', (uri, words) => expect(checkRedirectUri(uri, 'native')).toMatch(words))

  it('what it accepts is a URL that starts nowhere else than it says', () => {
    const piece = fc.constantFrom(
      'https://',
      'http://',
      'a.test',
      '@',
      ':',
      '/',
      '..',
      '%2e',
      '?',
      '#',
      '\\',
      '[::1]',
      '1',
      'x:',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const uri = pieces.join('')
        if (checkRedirectUri(uri, 'web') !== undefined) return
        const url = new URL(uri)
        expect(uri.startsWith(`${url.protocol}//${url.host}`)).toBe(true)
        expect(url.username + url.password + url.hash).toBe('')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('redirectDestination', () => {
  it.each([
    ['https://app.test:8443/cb', 'host', 'app.test:8443'],
    ['http://127.0.0.1:5/cb', 'loopback', '127.0.0.1:5'],
    ['http://localhost', 'loopback', 'localhost'],
    ['cursor://host/cb', 'private-scheme', 'cursor'],
    ['com.example.app:/cb', 'private-scheme', 'com.example.app'],
  ])('CO07: %s is a %s', (uri, kind, text) => expect(redirectDestination({ uri })).toEqual({ kind, text }))
})
