// RFC 7591 2 and OIDC Registration 2: what a client is registered with.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClientKind, clientKinds, parseClientMetadata } from '../../src/protocol/client.js'
import { OAuthError } from '../../src/protocol/error.js'
import { refusal } from '../support/values.js'

const uris = { redirect_uris: ['https://app.test/cb'] }
const parse = (kind: ClientKind, input: Record<string, unknown>) =>
  parseClientMetadata(kind, { client_name: 'A', ...input })
const fault = (kind: ClientKind, input: Record<string, unknown>) => {
  try {
    parse(kind, input)
  } catch (error) {
    if (error instanceof OAuthError) return error
  }
  throw new Error('nothing was refused')
}

describe('the defaults of a kind', () => {
  it.each([
    ['web', uris, 'client_secret_basic', ['authorization_code', 'refresh_token'], ['code'], 'web'],
    ['spa', uris, 'none', ['authorization_code', 'refresh_token'], ['code'], 'web'],
    ['native', uris, 'none', ['authorization_code', 'refresh_token'], ['code'], 'native'],
    ['device', {}, 'none', ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'], [], 'native'],
    ['service', {}, 'client_secret_basic', ['client_credentials'], [], 'web'],
  ] as const)('RFC 7591 2: %s', (kind, input, method, grants, responses, type) => {
    expect(parse(kind, input)).toEqual({
      client_name: 'A',
      redirect_uris: [],
      post_logout_redirect_uris: [],
      token_endpoint_auth_method: method,
      grant_types: grants,
      response_types: responses,
      application_type: type,
      id_token_signed_response_alg: 'RS256',
      skip_consent: false,
      require_second_factor: false,
      ...input,
    })
  })

  it('RFC 7591 2: null is absent and what is unknown is dropped', () => {
    const metadata = parse('web', {
      ...uris,
      client_uri: null,
      grant_types: undefined,
      unheard_of: 1,
      skip_consent: null,
    })
    expect(metadata).toEqual(parse('web', uris))
  })

  it('RG06: a name is in NFC and has nothing invisible', () => {
    expect(parse('web', { ...uris, client_name: 'Cafe\u0301' }).client_name).toBe('Café')
    for (const client_name of ['a\u202eb', 'a\u200bb', 'a\nb', '', 'a'.repeat(201), '\ud800']) {
      expect(refusal(() => parse('web', { ...uris, client_name })).code).toBe('invalid_client_metadata')
    }
  })
})

describe('what is refused', () => {
  it.each([
    ['web', { ...uris, response_types: [] }, /response_types/],
    ['web', { ...uris, grant_types: ['client_credentials'] }, /response_types/],
    ['web', {}, /redirect_uris/],
    ['web', { ...uris, grant_types: [], response_types: [] }, /at least one/],
    ['service', { grant_types: ['client_credentials', 'refresh_token'] }, /refresh_token/],
    ['service', { token_endpoint_auth_method: 'none' }, /authenticates/],
    ['spa', { ...uris, token_endpoint_auth_method: 'client_secret_post' }, /no secret/],
    ['web', { ...uris, application_type: 'native' }, /application_type/],
    ['native', { ...uris, application_type: 'web' }, /application_type/],
    ['web', { ...uris, scope: 'a  b' }, /scope/],
    ['web', { ...uris, scope: 'a"b' }, /scope/],
    ['web', { ...uris, resources: ['no-uri'] }, /resources/],
    ['web', { ...uris, resources: ['https://api.test/#x'] }, /fragment/],
    ['web', { ...uris, token_endpoint_auth_method: 'magic' }, /token_endpoint_auth_method/],
    ['web', { ...uris, grant_types: ['password'] }, /grant_types/],
    ['web', { ...uris, default_max_age: -1 }, /default_max_age/],
    ['web', { redirect_uris: 'https://app.test/cb' }, /redirect_uris/],
    ['web', { ...uris, id_token_signed_response_alg: 'none' }, /id_token_signed_response_alg/],
  ] as const)('RFC 7591 2.1: %s %j', (kind, input, words) => {
    const error = fault(kind, input)
    expect(error.code).toBe('invalid_client_metadata')
    expect(error.description).toMatch(words)
  })

  it.each(['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'initiate_login_uri'])('RG03: %s', (member) => {
    for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'ftp://x.test', 'x', 5]) {
      expect(fault('web', { ...uris, [member]: uri }).code).toBe('invalid_client_metadata')
    }
    expect(parse('web', { ...uris, [member]: 'https://app.test/x' })).toHaveProperty(member)
  })

  it('OIDC Core 4: initiate_login_uri is https', () => {
    expect(fault('web', { ...uris, initiate_login_uri: 'http://app.test/login' }).description).toMatch(
      /https/,
    )
  })

  it('OIDC Back-Channel Logout 2.2: backchannel_logout_uri is https or on loopback, and nothing but an address', () => {
    const good = [
      'https://app.test/out?a=1',
      'http://localhost:3000/out',
      'http://127.0.0.1/',
      'http://[::1]/',
    ]
    for (const backchannel_logout_uri of good) {
      const members = { ...uris, backchannel_logout_uri, backchannel_logout_session_required: true }
      expect(parse('web', members)).toMatchObject(members)
    }
    const long = `https://app.test/${'x'.repeat(2048)}`
    const bad = [
      'http://app.test/',
      'https://app.test/#x',
      'https://app.test/#',
      'https://me:pw@app.test/',
      'out',
    ]
    for (const uri of [
      ...bad,
      long,
      'ftp://app.test/',
      'javascript:alert(1)',
      'http://localhost.app.test/',
      5,
    ]) {
      expect(fault('web', { ...uris, backchannel_logout_uri: uri }), String(uri)).toMatchObject({
        code: 'invalid_client_metadata',
        description: expect.stringContaining('backchannel_logout_uri'),
      })
    }
    const asked = { ...uris, backchannel_logout_session_required: 'yes' }
    expect(fault('web', asked).description).toMatch(/backchannel_logout_session_required/)
  })

  it('OIDC Front-Channel Logout 2: frontchannel_logout_uri is at the place of a redirect_uri, and safe in a policy', () => {
    const at = (origin: string, uri: string) => ({
      redirect_uris: ['https://other.test/cb', `${origin}/cb`],
      frontchannel_logout_uri: uri,
      frontchannel_logout_session_required: true,
    })
    for (const [origin, uri] of [
      ['https://app.test', 'https://app.test/out?a=1'],
      ['https://app.test:8443', 'https://app.test:8443/'],
      ['http://localhost:3000', 'http://localhost:3000/out'],
      ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/out'],
    ] as const) {
      expect(parse('web', at(origin, uri))).toMatchObject(at(origin, uri))
    }
    for (const [origin, uri] of [
      ['https://app.test', 'https://evil.test/out'],
      ['https://app.test', 'https://app.test:8443/out'],
      ['http://localhost', 'https://localhost/out'],
      ['http://localhost:3000', 'http://localhost:3001/out'],
      ['https://app.test', 'http://app.test/out'],
      ['https://app.test', 'https://app.test/#x'],
      ['https://app.test', 'https://me:pw@app.test/'],
      ['https://app.test', 'https://app.test/?sid=1'],
      ['https://app.test', 'https://app.test/?a=b&iss=x'],
      ['https://a;sandbox', 'https://a;sandbox/out'],
      ['https://a,b', 'https://a,b/out'],
      ['http://[::1]:3000', 'http://[::1]:3000/out'],
      ['https://app.test', 'javascript:alert(1)'],
      ['https://app.test', 'out'],
    ] as const) {
      expect(fault('web', at(origin, uri)), uri).toMatchObject({
        code: 'invalid_client_metadata',
        description: expect.stringContaining('frontchannel_logout_uri'),
      })
    }
  })

  it('RU08, RU09, RU10: each bad URI is named with its fault, all at once', () => {
    const error = fault('web', {
      redirect_uris: ['https://app.test/cb', 'http://app.test/cb', 'https://app.test/?code=1'],
      post_logout_redirect_uris: ['javascript:alert(1)'],
    })
    expect(error.code).toBe('invalid_redirect_uri')
    expect(error.description).toContain("redirect_uris: 'http://app.test/cb' is refused: http is only for")
    expect(error.description).toContain("'https://app.test/?code=1' is refused: its query has code")
    expect(error.description).toContain("post_logout_redirect_uris: 'javascript:alert(1)' is refused")
    expect(error.description).not.toContain("'https://app.test/cb'")
  })

  it('field.md 2: the three URIs of Cursor at once', () => {
    const redirect_uris = [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ]
    expect(parse('native', { redirect_uris }).redirect_uris).toEqual(redirect_uris)
  })
})

describe('hostile metadata', () => {
  it('RG05: names of Object.prototype change nothing', () => {
    const input = JSON.parse('{"__proto__":{"skip_consent":true},"constructor":{"x":1},"client_name":"A"}')
    const metadata = parseClientMetadata('service', input)
    expect(metadata.skip_consent).toBe(false)
    expect(Object.keys(metadata)).not.toContain('constructor')
    expect(({} as Record<string, unknown>).skip_consent).toBeUndefined()
  })

  it('throws nothing but an OAuthError, in characters that may go on the wire', () => {
    const member = fc.constantFrom(
      'client_name',
      'redirect_uris',
      'grant_types',
      'scope',
      'client_uri',
      'resources',
    )
    fc.assert(
      fc.property(fc.constantFrom(...clientKinds), fc.dictionary(member, fc.jsonValue()), (kind, input) => {
        try {
          parse(kind, input)
        } catch (error) {
          expect(error).toBeInstanceOf(OAuthError)
          expect((error as OAuthError).description).toMatch(/^[ !#-[\]-~]+$/)
        }
      }),
      { numRuns: 300 },
    )
  })
})
