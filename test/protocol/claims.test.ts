// OIDC Core 5: claims, by scope and by the claims parameter.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseClaims, scopesOfClaims, userClaims } from '../../src/protocol/claims.js'
import { OAuthError } from '../../src/protocol/error.js'
import { aUser, refusal } from '../support/values.js'

const full = aUser({
  claims: {
    name: 'Alice',
    address: { country: 'GB' },
    phone_number: '+44 1',
    birthdate: '1852-05-04',
  },
})

describe('parseClaims', () => {
  it('OIDC Core 5.5: reads both members, values and essential', () => {
    const text = JSON.stringify({
      userinfo: { given_name: { essential: true }, nickname: null, unheard_of: { essential: true } },
      id_token: { auth_time: { essential: true }, acr: { values: ['a', 'b'] }, sub: { value: 'u_1' } },
      other: 5,
    })
    expect(parseClaims(text)).toEqual({
      userinfo: { given_name: { essential: true }, nickname: { essential: false } },
      idToken: {
        auth_time: { essential: true },
        acr: { essential: false, values: ['a', 'b'] },
        sub: { essential: false, values: ['u_1'] },
      },
    })
  })

  it('passes over claims of scopes that the client may not ask for', () => {
    const text = '{"userinfo":{"email":null,"name":null},"id_token":{"email_verified":null,"acr":null}}'
    const ask = { essential: false }
    expect(parseClaims(text, ['openid', 'profile'])).toEqual({
      userinfo: { name: ask },
      idToken: { acr: ask },
    })
    const all = { userinfo: { email: ask, name: ask }, idToken: { email_verified: ask, acr: ask } }
    expect(parseClaims(text)).toEqual(all)
    expect(scopesOfClaims(parseClaims(text))).toEqual(['email', 'profile'])
    expect(scopesOfClaims(undefined)).toEqual([])
  })

  it('OIDC Core 5.5: a member may be missing or null', () => {
    expect(parseClaims('{}')).toEqual({ idToken: {}, userinfo: {} })
    expect(parseClaims('{"id_token":null}')).toEqual({ idToken: {}, userinfo: {} })
  })

  it.each([
    'x',
    '',
    '[]',
    'null',
    '5',
    '{"id_token":[]}',
    '{"id_token":5}',
    '{"userinfo":"x"}',
    '{"id_token":{"name":5}}',
    '{"id_token":{"name":[]}}',
    '{"id_token":{"acr":{"values":"x"}}}',
    '{"id_token":{"acr":{"values":[{}]}}}',
    '{"id_token":{"acr":{"value":{}}}}',
    '{"id_token":{"acr":{"essential":"yes"}}}',
    '{"__proto__":{}}',
    '{"id_token":{"__proto__":{"essential":true}}}',
    '{"id_token":{"acr":{"__proto__":{"essential":true}}}}',
    '{"id_token":{"\\u005f_proto__":{}}}',
    `{"x":${'['.repeat(16)}${']'.repeat(16)}}`,
    `${'['.repeat(4000)}`,
    `{"x":"${'a'.repeat(8192)}"}`,
  ])('AZ21: refuses %.60s', (text) =>
    expect(refusal(() => parseClaims(text))).toEqual({ code: 'invalid_request', parameter: 'claims' }),
  )

  it('AZ21: brackets inside strings are no depth', () => {
    expect(parseClaims(`{"x":"${'['.repeat(50)}\\"${'{'.repeat(50)}"}`)).toEqual({
      idToken: {},
      userinfo: {},
    })
  })

  it('throws nothing but invalid_request and keeps only claims that exist', () => {
    const name = fc.constantFrom('name', 'acr', 'constructor', '__proto__', 'toString', 'hasOwnProperty')
    const ask = fc.oneof(
      fc.constant(null),
      fc.jsonValue(),
      fc.record({ essential: fc.boolean(), value: fc.string() }),
    )
    const claims = fc.record({ id_token: fc.dictionary(name, ask), userinfo: fc.dictionary(name, ask) })
    fc.assert(
      fc.property(
        fc.oneof(
          claims.map((value) => JSON.stringify(value)),
          fc.json(),
          fc.string(),
        ),
        (text) => {
          try {
            const parsed = parseClaims(text)
            for (const member of [parsed.idToken, parsed.userinfo]) {
              for (const key of Object.keys(member)) expect(['name', 'acr']).toContain(key)
            }
          } catch (error) {
            expect(error).toBeInstanceOf(OAuthError)
          }
          expect(Object.keys(Object.prototype)).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('userClaims', () => {
  it('OIDC Core 5.4: scopes release claims at UserInfo, never in the ID token', () => {
    const scope = ['openid', 'profile', 'email', 'address', 'phone']
    expect(userClaims(full, scope, undefined, 'userinfo')).toEqual({
      sub: 'u_alice',
      name: 'Alice',
      birthdate: '1852-05-04',
      preferred_username: 'alice',
      updated_at: 1,
      email: 'alice@example.test',
      email_verified: true,
      address: { country: 'GB' },
      phone_number: '+44 1',
      phone_number_verified: false,
    })
    expect(userClaims(full, [], undefined, 'id_token')).toEqual({ sub: 'u_alice' })
    expect(userClaims(full, ['openid', 'api:read'], undefined, 'userinfo')).toEqual({ sub: 'u_alice' })
    expect(userClaims(full, ['openid', 'email'], undefined, 'userinfo')).toEqual({
      sub: 'u_alice',
      email: 'alice@example.test',
      email_verified: true,
    })
  })

  it('OIDC Core 5.5: the claims parameter adds to each target what was asked for it', () => {
    const claims = parseClaims(
      '{"id_token":{"email":null,"acr":null,"nickname":null},"userinfo":{"name":null}}',
    )
    expect(userClaims(full, ['openid'], claims, 'id_token')).toEqual({
      sub: 'u_alice',
      email: 'alice@example.test',
    })
    expect(userClaims(full, ['openid'], claims, 'userinfo')).toEqual({ sub: 'u_alice', name: 'Alice' })
  })

  it('OIDC Core 5.3.2: what has no value is left out', () => {
    const bare = aUser({ email: undefined, emailVerified: true, claims: {} })
    const released = userClaims(bare, ['openid', 'email', 'phone', 'address'], undefined, 'userinfo')
    expect(released).toEqual({ sub: 'u_alice' })
  })
})
