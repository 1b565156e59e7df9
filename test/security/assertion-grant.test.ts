// Attacks on the grant by assertion (RFC 7523 2.1, ID-JAG). Each is named by its id; the TK ones are those of assertions.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jwtBearerType } from '../../src/protocol/grant-type.js'
import { atOnce, outcome, tally } from '../support/connected.js'
import { createProver } from '../support/dpop.js'
import { claimsOf, tokensOf } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import {
  api,
  assertionFor,
  type Bending,
  bearer,
  idJagFor,
  idp,
  type Trusting,
  trustingScene,
} from '../support/trusted.js'

let scene: Trusting
beforeEach(async () => {
  scene = await trustingScene()
})
afterEach(() => scene.server.close())

const refused = '400 invalid_grant'
const plain = async (bent: Bending = {}) => outcome(await bearer(scene, await assertionFor(scene, bent)))
const jag = async (bent: Bending = {}) => outcome(await bearer(scene, await idJagFor(scene, bent)))

it('the true ones are taken', async () => {
  expect(await plain()).toBe('200')
  expect(await jag()).toBe('200')
})

it('TX02: a missing or empty assertion is invalid_request', async () => {
  for (const assertion of [undefined, ''])
    expect(await outcome(await bearer(scene, '', { assertion }))).toBe('400 invalid_request')
})

it('TX01: what is no assertion, or altered, is refused', async () => {
  const text = await assertionFor(scene)
  const [header = '', payload = '', signature = ''] = text.split('.')
  const altered = Buffer.from(JSON.stringify({ ...claimsOf(text), scope: 'admin' })).toString('base64url')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  const texts = [
    'x',
    `${header}.${payload}`,
    `${header}.${altered}.${signature}`,
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${text}.x`,
    'x'.repeat(20_000),
  ]
  for (const one of texts) expect(await outcome(await bearer(scene, one)), one.slice(0, 40)).toBe(refused)
})

describe('TK09: the audience', () => {
  it.each([
    ['the token endpoint', 'https://as.test/token'],
    ['a list of one', ['https://as.test']],
    ['a list with another', ['https://as.test', 'https://evil.test']],
    ['another server', 'https://evil.test'],
    ['a slash more', 'https://as.test/'],
    ['nothing', undefined],
  ])('is not %s', async (_what, aud) => {
    expect(await plain({ claims: { aud } })).toBe(refused)
    expect(await jag({ claims: { aud } })).toBe(refused)
  })
})

describe('TK10: an assertion', () => {
  it('works once, also at once', async () => {
    const text = await assertionFor(scene)
    const answers = await atOnce(async () => outcome(await bearer(scene, text)))
    expect(tally(answers)).toEqual({ 200: 1, [refused]: 49 })
  })

  it('is not spent by a request that is refused', async () => {
    const text = await assertionFor(scene)
    expect(await outcome(await bearer(scene, text, { scope: 'admin' }))).toBe('400 invalid_scope')
    expect(await outcome(await bearer(scene, text, { resource: 'https://other.test' }))).toBe(
      '400 invalid_target',
    )
    expect(await outcome(await bearer(scene, text))).toBe('200')
  })
})

describe('TK11: its times and its name', () => {
  it('are there, and within bounds', async () => {
    const { now } = scene.server.clock
    const bad: Record<string, unknown>[] = [
      { exp: undefined },
      { exp: now },
      { exp: now + 3601 },
      { exp: '9999999999' },
      { iat: now + 61 },
      { nbf: now + 61 },
      { nbf: 'soon' },
      { jti: undefined },
      { jti: '' },
      { jti: 7 },
      { jti: 'x'.repeat(513) },
      { sub: undefined },
      { sub: '' },
    ]
    for (const claims of bad) {
      expect(await plain({ claims }), JSON.stringify(claims)).toBe(refused)
      expect(await jag({ claims }), JSON.stringify(claims)).toBe(refused)
    }
    expect(await plain({ claims: { iat: now + 8, nbf: now + 8 } })).toBe('200')
    expect(await plain({ claims: { exp: now + 60.5, iat: now - 0.5 } })).toBe('200')
    expect(await plain({ claims: { iat: undefined } })).toBe('200')
    expect(await jag({ claims: { iat: undefined } })).toBe(refused)
  })
})

describe('TX04: nobody is trusted for more than was said', () => {
  it('another issuer, another key, another algorithm', async () => {
    for (const iss of [
      'https://evil.test',
      scene.server.issuer,
      `${idp}/`,
      undefined,
      7,
      ['https://idp.test'],
    ])
      expect(await plain({ claims: { iss } }), String(iss)).toBe(refused)
    expect(await plain({ alg: 'RS256' })).toBe(refused)
    expect(await plain({ header: { kid: 'other' } })).toBe(refused)
    await scene.trust({ algorithms: ['RS256'] })
    expect(await plain()).toBe(refused)
  })

  it('another type of JWT', async () => {
    for (const typ of ['at+jwt', 'client-authentication+jwt', 'logout+jwt', 'dpop+jwt', 7, '__proto__'])
      expect(await plain({ header: { typ } }), String(typ)).toBe(refused)
    for (const typ of ['JWT', 'authorization-grant+jwt', 'application/authorization-grant+jwt'])
      expect(await plain({ header: { typ } }), typ).toBe('200')
    await scene.trust({ accepts: ['id-jag'] })
    expect(await plain()).toBe(refused)
    expect(await jag()).toBe('200')
    await scene.trust({ accepts: ['jwt'] })
    expect(await jag()).toBe(refused)
  })

  it('no client where none is named', async () => {
    await scene.trust({ clients: undefined })
    for (const answer of [await plain(), await jag()]) expect(answer).toBe(refused)
  })

  it('another client', async () => {
    const other = await scene.server.addClient('service', { grant_types: [jwtBearerType] })
    for (const make of [assertionFor, idJagFor])
      expect(await outcome(await bearer(scene, await make(scene), {}, other))).toBe(refused)
    const unapproved = await scene.server.addClient('service')
    const spa = await scene.server.addClient('spa')
    for (const client of [unapproved, spa])
      expect(await outcome(await bearer(scene, await assertionFor(scene), {}, client))).toBe(
        '400 unauthorized_client',
      )
    // An assertion says itself whom it is for.
    for (const client_id of [other.client.id, undefined])
      expect(await jag({ claims: { client_id } })).toBe(refused)
    expect(await plain({ claims: { client_id: other.client.id } })).toBe(refused)
  })

  it('another person: nobody without a mapping, nobody by an address that is not confirmed', async () => {
    const { server, trust } = scene
    expect(await plain({ claims: { email: 'nobody@example.test' } })).toBe(refused)
    for (const email_verified of [false, 'true', undefined])
      expect(await plain({ claims: { email_verified } })).toBe(refused)
    const unconfirmed = await server.addUser({ username: 'bob', emailVerified: false })
    expect(await plain({ claims: { email: unconfirmed.user.email } })).toBe(refused)
    // Not the name of an account, where an address is meant.
    expect(await plain({ claims: { email: 'alice' } })).toBe(refused)
    await trust({ person: undefined })
    expect(await plain()).toBe(refused)
    await trust({ person: 'sub' })
    for (const sub of ['alice', server.issuer, scene.client.client.id, 'u_nobody'])
      expect(await plain({ claims: { sub } })).toBe(refused)
    await trust({ person: 'username' })
    for (const sub of ['alice@example.test', 'nobody', { alice: 1 }])
      expect(await plain({ claims: { sub } })).toBe(refused)
    expect(await plain({ claims: { sub: 'alice' } })).toBe('200')
  })

  it('another API, another scope', async () => {
    const ask = async (changes: Record<string, string | string[]>, claims = {}) =>
      outcome(await bearer(scene, await idJagFor(scene, { claims }), changes))
    expect(await ask({ scope: 'admin' })).toBe('400 invalid_scope')
    expect(await ask({ scope: 'write' }, { scope: 'read' })).toBe('400 invalid_scope')
    expect(await ask({ scope: 'openid' })).toBe('400 invalid_scope')
    expect(await ask({}, { scope: 7 })).toBe(refused)
    expect(await ask({ resource: 'https://other.test' })).toBe('400 invalid_target')
    expect(await ask({ resource: scene.server.issuer })).toBe('400 invalid_target')
    expect(await ask({}, { resource: 'https://other.test' })).toBe('400 invalid_target')
    expect(await ask({ resource: api }, { resource: ['https://other.test'] })).toBe('400 invalid_target')
    const all = await tokensOf(
      await bearer(scene, await idJagFor(scene, { claims: { scope: 'admin read' } })),
    )
    expect(all.scope).toBe('read')
  })

  it('another holder, where it names a key', async () => {
    const prover = createProver(scene.server)
    const thief = createProver(scene.server)
    const text = await idJagFor(scene, { claims: { cnf: { jkt: prover.jkt } } })
    const params = { grant_type: jwtBearerType, assertion: text }
    expect(await outcome(await bearer(scene, text))).toBe(refused)
    expect(await outcome(await thief.token(scene.client, params))).toBe(refused)
    expect((await tokensOf(await prover.token(scene.client, params))).token_type).toBe('DPoP')
    expect(await jag({ claims: { cnf: 'x' } })).toBe(refused)
  })
})

describe('PO07: a claim that restricts an assertion', () => {
  const restrictions: Record<string, unknown>[] = [
    { authorization_details: [{ type: 'payment', amount: '1' }] },
    { act: { sub: 'agent' } },
    { may_act: { sub: 'agent' } },
    { may_act: null },
    { cnf: { 'x5t#S256': 'x' } },
    { cnf: { kid: 'idp' } },
    { cnf: {} },
    { cnf: null },
  ]

  it.each(restrictions)('PO07: %j is not passed over', async (claims) => {
    expect(await plain({ claims })).toBe(refused)
    expect(await jag({ claims })).toBe(refused)
  })

  it('PO07: another key beside the one that was proven is not passed over', async () => {
    const prover = createProver(scene.server)
    for (const make of [assertionFor, idJagFor]) {
      const by = async (cnf: object) => {
        const assertion = await make(scene, { claims: { cnf } })
        return outcome(await prover.token(scene.client, { grant_type: jwtBearerType, assertion }))
      }
      expect(await by({ jkt: prover.jkt, 'x5t#S256': 'x' })).toBe(refused)
      expect(await by({ jkt: prover.jkt })).toBe('200')
    }
  })

  it('PO07: scope, resource and audience of a plain assertion narrow it as those of an ID-JAG', async () => {
    await scene.trust({ resources: [api, 'https://other.test'], scope: ['read', 'write', 'other'] })
    const by = async (claims: Record<string, unknown>, changes: Record<string, string> = {}) =>
      bearer(scene, await assertionFor(scene, { claims }), changes)
    const got = async (...args: Parameters<typeof by>) => {
      const { access_token } = await tokensOf(await by(...args))
      const { aud, scope } = claimsOf(access_token)
      return `${aud} ${scope}`
    }
    expect(await got({ scope: 'read', resource: api })).toBe(`${api} read`)
    expect(await got({ scope: 'read other', audience: `${api}/` })).toBe(`${api} read`)
    expect(await got({ audience: [api, 'https://other.test'], resource: ['https://other.test'] })).toBe(
      'https://other.test other',
    )
    const resource = { resource: api }
    expect(await outcome(await by({ scope: 'read' }, { ...resource, scope: 'write' }))).toBe(
      '400 invalid_scope',
    )
    expect(await outcome(await by({ scope: 'other' }, resource))).toBe('400 invalid_scope')
    for (const name of ['resource', 'audience'])
      expect(await outcome(await by({ [name]: ['https://other.test'] }, resource))).toBe('400 invalid_target')
    expect(await outcome(await by({ resource: 'https://other.test', audience: api }))).toBe(
      '400 invalid_target',
    )
    for (const wrong of [
      { scope: ['read'] },
      { scope: 'read "' },
      { resource: 7 },
      { audience: [7] },
      { resource: null },
    ])
      expect(await outcome(await by(wrong, resource)), JSON.stringify(wrong)).toBe(refused)
  })

  it('PO07: any other claim is ignored (RFC 7519 4)', async () => {
    const claims = { tenant: 'a', 'https://idp.test/anything': { deep: [1] }, roles: ['admin'], azp: 'x' }
    expect(await plain({ claims })).toBe('200')
    expect(await jag({ claims })).toBe('200')
  })
})

describe('TX05', () => {
  it('a disabled person, a disabled issuer', async () => {
    const { server, person, trust } = scene
    await trust({}, { disabled: true })
    expect(await plain()).toBe(refused)
    expect(await jag()).toBe(refused)
    await trust({})
    expect(await plain()).toBe('200')
    await server.deps.store.users.setDisabled(person.user.sub, true, server.clock.now)
    expect(await plain()).toBe(refused)
    await server.deps.store.users.remove(person.user.sub, server.clock.now)
    expect(await plain()).toBe(refused)
    await server.deps.store.trustedIssuers.remove(idp)
    expect(await plain({ key: knownKey('ES256') })).toBe(refused)
  })
})
