// OAuth 2.1 4.1.1, OIDC Core 3.1.2.1 and the group AZ: the checks of an authorization request.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asksOpenid, parseAuthorization, readReply } from '../../src/protocol/authorization.js'
import type { Client } from '../../src/protocol/client.js'
import { OAuthError } from '../../src/protocol/error.js'
import { readParams } from '../../src/protocol/params.js'
import type { VerifiedRedirect } from '../../src/protocol/redirect-uri.js'
import { anyText } from '../support/arbitrary.js'
import { aClient, aResource, challenge, issuer, refusal } from '../support/values.js'

const web = aClient('web')
const redirect = { uri: 'https://app.test/cb' } as VerifiedRedirect
const registered = [aResource('https://mail.test', ['mail:read'])]
const base = {
  client_id: web.id,
  redirect_uri: 'https://app.test/cb',
  response_type: 'code',
  scope: 'openid',
  code_challenge: challenge,
  code_challenge_method: 'S256',
}

const query = (changes: Record<string, string | undefined>) =>
  Object.entries({ ...base, ...changes })
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&')
const parse = (changes: Record<string, string | undefined> = {}, client: Client = web, more = '') =>
  parseAuthorization(readParams(query(changes) + more), client, registered, issuer)
const refused = (changes: Record<string, string | undefined>, client = web, more = '') =>
  refusal(() => parse(changes, client, more))

describe('a good request', () => {
  it('OIDC Core 3.1.2.1: becomes a frozen value that survives JSON', () => {
    const request = parse({
      state: 'a b&c',
      nonce: 'n',
      prompt: 'login consent',
      max_age: '60',
      acr_values: 'urn:a urn:b',
      login_hint: 'alice',
      id_token_hint: 'x.y.z',
      ui_locales: 'de-CH en <x>',
      claims_locales: 'de',
      display: 'popup',
      response_mode: 'form_post',
      claims: '{"userinfo":{"name":null}}',
      scope: 'openid mail:read',
      resource: 'https://mail.test/',
      unheard_of: 'x',
    })
    expect(request).toEqual({
      clientId: web.id,
      redirectUri: 'https://app.test/cb',
      responseMode: 'form_post',
      state: 'a b&c',
      scope: ['openid', 'mail:read'],
      resources: ['https://mail.test'],
      explicitResource: true,
      nonce: 'n',
      codeChallenge: challenge,
      prompt: ['login', 'consent'],
      maxAge: 60,
      acrValues: ['urn:a', 'urn:b'],
      loginHint: 'alice',
      idTokenHint: 'x.y.z',
      uiLocales: ['de-CH', 'en'],
      claimsLocales: ['de'],
      display: 'popup',
      claims: { idToken: {}, userinfo: { name: { essential: false } } },
    })
    expect(Object.isFrozen(request)).toBe(true)
    expect(JSON.parse(JSON.stringify(request))).toEqual(request)
  })

  it('specs.md 9: a missing scope works, and so does a missing redirect_uri without openid', () => {
    const request = parse({ scope: undefined, redirect_uri: undefined })
    expect(request).toMatchObject({ scope: [], resources: [issuer], redirectUri: 'https://app.test/cb' })
  })

  it('AZ04: empty values count as absent', () => {
    const request = parse({ state: '', prompt: '', max_age: '', claims: '', response_mode: '', nonce: '' })
    expect(request).toEqual(parse())
  })

  it('OIDC Registration 2: default_max_age and default_acr_values stand in', () => {
    const client = aClient('web', { default_max_age: 10, default_acr_values: ['urn:a'] })
    expect(parse({}, client)).toMatchObject({ maxAge: 10, acrValues: ['urn:a'] })
    expect(parse({ max_age: '0', acr_values: 'urn:b' }, client)).toMatchObject({
      maxAge: 0,
      acrValues: ['urn:b'],
    })
  })

  it('OIDC Core 3.1.2.1: preferences that we do not know are no error', () => {
    expect(parse({ display: 'cinema', ui_locales: '%%% x'.repeat(20) })).toMatchObject({ display: undefined })
  })
})

describe('a bad request', () => {
  it.each([
    ['AZ02', { response_type: undefined }, 'invalid_request', 'response_type'],
    ['AZ02', { response_type: 'token' }, 'unsupported_response_type', 'response_type'],
    ['AZ02', { response_type: 'id_token' }, 'unsupported_response_type', 'response_type'],
    ['AZ02', { response_type: 'code token' }, 'unsupported_response_type', 'response_type'],
    ['AZ02', { response_type: 'CODE' }, 'unsupported_response_type', 'response_type'],
    ['AZ06', { prompt: 'none login' }, 'invalid_request', 'prompt'],
    ['AZ06', { prompt: 'create' }, 'invalid_request', 'prompt'],
    ['AZ06', { max_age: '-1' }, 'invalid_request', 'max_age'],
    ['AZ06', { max_age: '1e99' }, 'invalid_request', 'max_age'],
    ['AZ06', { max_age: 'abc' }, 'invalid_request', 'max_age'],
    ['AZ06', { max_age: '99999999999' }, 'invalid_request', 'max_age'],
    ['AZ08', { scope: `openid ${'a'.repeat(3000)}` }, 'invalid_scope', 'scope'],
    ['AZ08', { scope: 'openid a"b' }, 'invalid_scope', 'scope'],
    ['AZ09', { state: 'a'.repeat(4097) }, 'invalid_request', 'state'],
    ['AZ09', { state: 'ü'.repeat(2049) }, 'invalid_request', 'state'],
    ['AZ18', { response_mode: 'fragment' }, 'invalid_request', 'response_mode'],
    ['AZ18', { response_mode: 'jwt' }, 'invalid_request', 'response_mode'],
    ['AZ21', { claims: '[]' }, 'invalid_request', 'claims'],
    ['PK01', { code_challenge: undefined }, 'invalid_request', 'code_challenge'],
    ['PK02', { code_challenge_method: 'plain' }, 'invalid_request', 'code_challenge_method'],
    ['PK02', { code_challenge_method: 'S512' }, 'invalid_request', 'code_challenge_method'],
    ['PK02', { code_challenge_method: undefined }, 'invalid_request', 'code_challenge_method'],
    ['PK03', { code_challenge: 'short' }, 'invalid_request', 'code_challenge'],
    ['RU01', { redirect_uri: 'https://evil.test' }, 'invalid_request', 'redirect_uri'],
    ['RU07', { redirect_uri: undefined }, 'invalid_request', 'redirect_uri'],
    ['RFC 8707 2', { resource: 'https://other.test' }, 'invalid_target', 'resource'],
    ['OIDC Core 6.2', { request_uri: 'https://x.test' }, 'request_uri_not_supported', 'request_uri'],
    ['OIDC Core 7.2.1', { registration: '{}' }, 'registration_not_supported', 'registration'],
    ['limits', { nonce: 'n'.repeat(513) }, 'invalid_request', 'nonce'],
    ['limits', { claims: JSON.stringify({ x: 'a'.repeat(8192) }) }, 'invalid_request', 'claims'],
    ['limits', { id_token_hint: 'a'.repeat(16_385) }, 'invalid_request', 'id_token_hint'],
    ['limits', { login_hint: 'a'.repeat(513) }, 'invalid_request', 'login_hint'],
  ] as const)('%s: %.80j', (_, changes, code, parameter) => {
    expect(refused(changes)).toEqual({ code, parameter })
  })

  it.each(['state', 'scope', 'prompt', 'response_type', 'code_challenge', 'unheard_of'])(
    'AZ03: %s twice',
    (name) => {
      expect(refused({ [name]: 'x' }, web, `&${name}=y`)).toEqual({
        code: 'invalid_request',
        parameter: name,
      })
    },
  )

  it('AZ03: resource may come twice', () => {
    const scope = 'mail:read'
    expect(
      parse({ scope }, web, '&resource=https://mail.test&resource=https://mail.test/').resources,
    ).toEqual(['https://mail.test'])
  })

  it('AZ18: a mode that is not for this client', () => {
    const client = aClient('web', { response_modes: ['query'] })
    expect(refused({ response_mode: 'form_post' }, client).parameter).toBe('response_mode')
  })

  it('RFC 6749 4.1.2.1: a client without the code flow is unauthorized', () => {
    const service = aClient('service', { redirect_uris: ['https://app.test/cb'] })
    expect(refused({}, service).code).toBe('unauthorized_client')
  })

  it('specs.md 1: the first fault in the order of the specification wins', () => {
    expect(
      refused({ response_type: 'token', prompt: 'x', code_challenge: undefined, scope: 'a"b' }).code,
    ).toBe('unsupported_response_type')
    expect(refused({ code_challenge: undefined, scope: 'a"b', max_age: 'x' }).parameter).toBe(
      'code_challenge',
    )
    expect(refused({ scope: 'a"b', max_age: 'x' }).parameter).toBe('scope')
  })

  it('what is just within the limits passes', () => {
    const state = 's'.repeat(4096)
    const nonce = 'n'.repeat(512)
    expect(parse({ state, nonce })).toMatchObject({ state, nonce })
  })
})

describe('readReply', () => {
  const reply = (changes: Record<string, string | undefined>, client = web, more = '') =>
    readReply(readParams(query(changes) + more), client, redirect)

  it('RFC 6749 4.1.2.1: tells mode and state whatever else is wrong', () => {
    expect(reply({ response_mode: 'form_post', state: 'x', scope: '"', response_type: 'bad' })).toEqual({
      responseMode: 'form_post',
      state: 'x',
    })
    expect(reply({})).toEqual({ responseMode: 'query' })
  })

  it('AZ18: falls back to query', () => {
    expect(reply({ response_mode: 'fragment' }).responseMode).toBe('query')
    expect(reply({ response_mode: 'form_post' }, web, '&response_mode=query').responseMode).toBe('query')
    const client = aClient('web', { response_modes: ['query'] })
    expect(reply({ response_mode: 'form_post' }, client).responseMode).toBe('query')
  })

  it('AZ03: returns no state that is ambiguous', () => {
    expect(reply({ state: 'x' }, web, '&state=y')).toEqual({ responseMode: 'query' })
  })
})

describe('any request', () => {
  it('asksOpenid looks for a whole word', () => {
    expect(asksOpenid(readParams('scope=a+openid'))).toBe(true)
    expect(asksOpenid(readParams('scope=openidx'))).toBe(false)
    expect(asksOpenid(readParams(''))).toBe(false)
  })

  it('throws nothing but an OAuthError whose description may go on the wire', () => {
    const names = [
      ...Object.keys(base),
      'state',
      'nonce',
      'prompt',
      'max_age',
      'claims',
      'resource',
      'response_mode',
      'ui_locales',
      'display',
      '__proto__',
      'constructor',
    ]
    const value = fc.oneof(
      anyText({ maxLength: 30 }),
      fc.constantFrom(
        'openid',
        'none',
        'code',
        'S256',
        challenge,
        '{"id_token":{"__proto__":null}}',
        'https://mail.test',
      ),
    )
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 }),
        fc.boolean(),
        (changes, alone) => {
          const pairs = Object.entries(alone ? changes : { ...base, ...changes })
          const raw = new URLSearchParams(pairs).toString()
          try {
            const params = readParams(raw)
            readReply(params, web, redirect)
            parseAuthorization(params, web, registered, issuer)
          } catch (error) {
            expect(error).toBeInstanceOf(OAuthError)
            expect((error as OAuthError).description).toMatch(/^[ !#-[\]-~]+$/)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})
