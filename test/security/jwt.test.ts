// Attacks with JWTs at every door that takes one: UserInfo, introspection, id_token_hint. Each is named by its id.
import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../src/config.js'
import { discoveryPaths } from '../../src/endpoints/discovery.js'
import { signingAlgs } from '../../src/protocol/client.js'
import {
  type Connected,
  connect,
  inactive,
  introspect,
  letIn,
  outcome,
  userinfoStatus,
} from '../support/connected.js'
import { encryptedTokens } from '../support/encrypted.js'
import { claimsOf, codeFlow, tokenRequest, tokensOf } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { ask } from '../support/verdict.js'

const api = 'https://api.test'
let server: TestServer
let scene: Connected
let apiClient: Registered
/** The access token of the scene, for our UserInfo, and its ID token. */
let at: Genuine
let id: Genuine
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  await server.addResource(api, ['read'])
  apiClient = await server.addClient('service', { resources: [api] })
  scene = await letIn(server, 'web', { params: { scope: 'openid profile' } })
  at = readGenuine(scene.tokens.access_token)
  id = readGenuine(scene.tokens.id_token ?? '')
})
afterAll(() => server.close())

type Genuine = { header: Record<string, unknown>; claims: Record<string, unknown>; text: string }

function readGenuine(text: string): Genuine {
  return { header: { ...decodeProtectedHeader(text) }, claims: claimsOf(text), text }
}

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A JWS over any header and payload with our very own key of the algorithm, or another. */
function signed(header: unknown, payload: unknown, alg: 'ES256' | 'RS256', key = knownKey(alg)): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${signature(input, alg, key).toString('base64url')}`
}

function signature(input: string, alg: 'ES256' | 'RS256', key: KeyObject): Buffer {
  const how = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
  return sign('sha256', Buffer.from(input), how)
}

/** What a hint is worth: `code` when it is taken for the person's, or how it is refused. */
const hinted = (hint: string) =>
  ask(server, scene.app, { prompt: 'none', id_token_hint: hint }, { browser: scene.browser })

/** Refused as an access token wherever one is taken: 401 with the one challenge, or inactive and nothing else. */
async function expectNoAccessToken(token: string, why: string): Promise<void> {
  if (/^[\x21-\x7e]+$/.test(token)) {
    const response = await server.fetch('/userinfo', { headers: { Authorization: `Bearer ${token}` } })
    const challenge = response.headers.get('www-authenticate')
    expect(challenge, why).toMatch(/^Bearer error="invalid_token", error_description="[ !#-[\]-~]+"$/)
    expect(await outcome(response), why).toBe('401 invalid_token')
  }
  const body = new URLSearchParams({ access_token: token })
  const posted = await server.fetch('/userinfo', { method: 'POST', body })
  expect(await outcome(posted), why).toBe('401 invalid_token')
  expect(await introspect(server, scene.app, token), why).toEqual(inactive)
  expect(await introspect(server, apiClient, token), why).toEqual(inactive)
}

/** Refused as a hint: at /authorize by its code, at /end-session by asking the person before anything ends. */
async function expectNoHint(token: string, why: string): Promise<void> {
  expect(await hinted(token), why).toBe('RD:invalid_request')
  const query = new URLSearchParams({ id_token_hint: token })
  const view = await scene.browser.open(`${server.issuer}/end-session?${query}`)
  expect([view.status, view.forms.length], why).toEqual([200, 1])
}

/** The same attack at every door, with what each door takes for its own. */
async function expectRefused(forge: (genuine: Genuine, alg: 'ES256' | 'RS256') => string, why: string) {
  await expectNoAccessToken(forge(at, 'ES256'), why)
  await expectNoHint(forge(id, 'RS256'), why)
}

it('the doors are open to tokens that the test forges by the rules, with our own keys', async () => {
  const token = signed(at.header, at.claims, 'ES256')
  const headers = { Authorization: `Bearer ${token}` }
  expect((await server.fetch('/userinfo', { headers })).status).toBe(200)
  expect(await introspect(server, scene.app, token)).toMatchObject({ active: true })
  const hint = signed(id.header, id.claims, 'RS256')
  expect(hint).toBe(id.text)
  expect(await hinted(hint)).toBe('code')
})

it('JW01 alg none in every spelling, and an empty signature', async () => {
  for (const alg of ['none', 'nOnE', 'NONE', 'None', '', null, 0, ['ES256'], { alg: 'ES256' }]) {
    const why = JSON.stringify(alg)
    await expectRefused(({ header, claims }) => `${part({ ...header, alg })}.${part(claims)}.`, why)
    await expectRefused(({ header, claims }, own) => signed({ ...header, alg }, claims, own), why)
  }
  await expectRefused(({ text }) => text.slice(0, text.lastIndexOf('.') + 1), 'no signature')
  for (const bytes of [Buffer.alloc(64), Buffer.alloc(64, 1), Buffer.alloc(1), Buffer.alloc(256)])
    await expectRefused(({ text }) => replaceSignature(text, bytes), 'a signature of zeros')
})

function replaceSignature(text: string, bytes: Buffer): string {
  return `${text.slice(0, text.lastIndexOf('.') + 1)}${bytes.toString('base64url')}`
}

it('JW02 HS256 keyed with our public key; one of our keys under another algorithm', async () => {
  const { keys } = (await (await server.fetch('/jwks')).json()) as JSONWebKeySet
  for (const jwk of keys.filter(({ alg }) => alg === 'ES256' || alg === 'RS256')) {
    const spki = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    const secrets = [
      spki.export({ format: 'pem', type: 'spki' }),
      spki.export({ format: 'der', type: 'spki' }),
      JSON.stringify(jwk),
      String(jwk.n ?? jwk.x),
      '',
    ]
    for (const secret of secrets)
      for (const alg of ['HS256', 'hs256', jwk.alg]) {
        const forge = ({ header, claims }: Genuine) => {
          const input = `${part({ ...header, alg, kid: jwk.kid })}.${part(claims)}`
          return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
        }
        await expectRefused(forge, `${alg} with ${jwk.alg}`)
      }
  }
  await expectRefused(({ header, claims }, alg) => {
    const input = `${part({ ...header, alg: 'PS256' })}.${part(claims)}`
    const padding = { key: knownKey('RS256'), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    return `${input}.${(alg === 'RS256' ? sign('sha256', Buffer.from(input), padding) : Buffer.alloc(256)).toString('base64url')}`
  }, 'PS256 with the key of RS256')
})

it('JW03 kid, jku, x5u, jwk that lead elsewhere are followed nowhere', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch')
  const paths = [
    '../../etc/passwd',
    '/dev/null',
    "' OR 1=1 --",
    'https://evil.test/key',
    '__proto__',
    'constructor',
  ]
  for (const kid of [...paths, '', '*', undefined, null, 0, ['x'], { kid: 'x' }])
    await expectRefused(({ header, claims }, alg) => signed({ ...header, kid }, claims, alg), `kid ${kid}`)
  const attacker = {
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  }
  for (const extra of [
    {},
    { jku: 'http://127.0.0.1:9/jwks' },
    { x5u: 'http://127.0.0.1:9/cert' },
    { jwk: attacker.ES256.export({ format: 'jwk' }) },
    { jwk: attacker.RS256.export({ format: 'jwk' }) },
    { x5c: ['MIIB'] },
  ]) {
    const why = JSON.stringify(Object.keys(extra))
    await expectRefused(({ header, claims }, alg) => {
      return signed({ ...header, ...extra }, claims, alg, attacker[alg])
    }, `${why} with a key of the attacker`)
    if (Object.keys(extra).length > 0)
      await expectRefused(({ header, claims }, alg) => signed({ ...header, ...extra }, claims, alg), why)
  }
  expect(fetched).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

it('JW04 crit, known, unknown or twice, and b64', async () => {
  for (const extra of [
    { crit: ['exp'], exp: server.clock.now + 300 },
    { crit: ['unknown'] },
    { crit: ['b64'], b64: false },
    { crit: [] },
    { crit: null },
    { b64: false },
    { b64: true },
    { zip: 'DEF' },
    { cty: 'JWT' },
  ])
    await expectRefused(
      ({ header, claims }, alg) => signed({ ...header, ...extra }, claims, alg),
      JSON.stringify(extra),
    )
  await expectRefused(({ header, claims }, alg) => {
    const twice = `${JSON.stringify(header).slice(0, -1)},"crit":["exp"],"crit":[]}`
    return signed(twice, claims, alg)
  }, 'crit twice')
  await expectRefused(({ header, claims }, alg) => {
    const input = `${part({ ...header, b64: false, crit: ['b64'] })}.${JSON.stringify(claims)}`
    return `${input}.${signature(input, alg, knownKey(alg)).toString('base64url')}`
  }, 'an unencoded payload')
})

it('JW05 padding, whitespace, parts, JSON serialisation, members twice, bad UTF-8, loose bits', async () => {
  const respelled: ((token: string) => string)[] = [
    (token) => `${token}=`,
    (token) => `${token}.`,
    (token) => `${token}.x`,
    (token) => `.${token}`,
    (token) => ` ${token}`,
    (token) => `${token} `,
    (token) => `${token}\n`,
    (token) => token.replace('.', '. '),
    (token) => token.replace('.', '=.'),
    (token) => token.replace('.', '..'),
    (token) => token.slice(0, token.lastIndexOf('.')),
    (token) => `Bearer ${token}`,
    (token) => `"${token}"`,
    (token) => token.slice(0, -2).concat('+/'),
    (token) => token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 1),
    (token) => {
      const [header, payload, mac] = token.split('.')
      return JSON.stringify({ protected: header, payload, signature: mac })
    },
    (token) => {
      const [header, payload, mac] = token.split('.')
      return JSON.stringify({ payload, signatures: [{ protected: header, signature: mac }] })
    },
    (token) => token + 'A'.repeat(50_000),
  ]
  for (const [index, respell] of respelled.entries()) {
    await expectNoAccessToken(respell(at.text), `spelling ${index}`)
    const hint = respell(id.text)
    if (hint.length < 8000) await expectNoHint(hint, `spelling ${index}`)
  }
  const payloads: ((claims: object) => string | Buffer)[] = [
    (claims) => `${JSON.stringify(claims).slice(0, -1)},"sub":"u_evil"}`,
    (claims) => `{"sub":"u_evil",${JSON.stringify(claims).slice(1)}`,
    (claims) => ` ${JSON.stringify(claims)}`,
    (claims) => `\ufeff${JSON.stringify(claims)}`,
    (claims) => `${JSON.stringify(claims)}x`,
    (claims) => JSON.stringify(claims).replace('"iss"', '"\\u0069ss"'),
    (claims) => `[${JSON.stringify(claims)}]`,
    () => 'null',
    () => '"text"',
    () => `${'['.repeat(1000)}${']'.repeat(1000)}`,
  ]
  for (const [index, write] of payloads.entries())
    await expectRefused(({ header, claims }, alg) => signed(header, write(claims), alg), `payload ${index}`)
  const deep = `{"a":${'['.repeat(5500)}${']'.repeat(5500)}}`
  const unsigned = `${part(at.header)}.${part(deep)}.${'A'.repeat(86)}`
  await expectNoAccessToken(unsigned, 'nested deeper than the stack')
  await expectRefused(({ header, claims }, alg) => {
    const bytes = Buffer.concat([
      Buffer.from(JSON.stringify(claims).slice(0, -2)),
      Buffer.from([0xff, 0x22, 0x7d]),
    ])
    const input = `${part(header)}.${bytes.toString('base64url')}`
    return `${input}.${signature(input, alg, knownKey(alg)).toString('base64url')}`
  }, 'bad UTF-8')
})

it('JW06 exp, iat, nbf that are no times, or times to come', async () => {
  const { now } = server.clock
  const noTimes = [undefined, null, `${now + 100}`, '', -1, 1e308, now + 0.5, [now + 100], {}, true]
  for (const time of noTimes) {
    const why = JSON.stringify(time) ?? 'absent'
    await expectRefused(
      ({ header, claims }, alg) => signed(header, { ...claims, exp: time }, alg),
      `exp ${why}`,
    )
    await expectRefused(
      ({ header, claims }, alg) => signed(header, { ...claims, iat: time }, alg),
      `iat ${why}`,
    )
    if (time !== undefined)
      await expectRefused(
        ({ header, claims }, alg) => signed(header, { ...claims, nbf: time }, alg),
        `nbf ${why}`,
      )
  }
  for (const text of ['NaN', 'Infinity', '1e999', '01', '0x7fffffff', '1_000'])
    await expectRefused(({ header, claims }, alg) => {
      return signed(header, JSON.stringify(claims).replace(/"exp":\d+/, `"exp":${text}`), alg)
    }, text)
  for (const later of [61, 3600, 9e9])
    for (const name of ['iat', 'nbf'])
      await expectRefused(
        ({ header, claims }, alg) => signed(header, { ...claims, [name]: now + later, exp: now + 1e6 }, alg),
        `${name} in ${later} s`,
      )
  const soon = signed(at.header, { ...at.claims, iat: now + 60 }, 'ES256')
  expect(await introspect(server, scene.app, soon)).toMatchObject({ active: true })
  await expectNoAccessToken(signed(at.header, { ...at.claims, exp: now }, 'ES256'), 'expired now')
  expect(
    await hinted(signed(id.header, { ...id.claims, exp: now - 9999 }, 'RS256')),
    'a hint may be old',
  ).toBe('code')
})

it('JW07 no token of ours is taken for another kind', async () => {
  await expectNoAccessToken(id.text, 'an ID token')
  await expectNoHint(at.text, 'an access token as a hint')
  expect(await userinfoStatus(server, scene.tokens.refresh_token)).toBe(401)
  await expectNoHint(scene.tokens.refresh_token, 'a refresh token as a hint')
  const typs = [
    'logout+jwt',
    'application/at+jwt',
    'AT+JWT',
    'at+jwt ',
    'jwt',
    'secevent+jwt',
    '',
    null,
    undefined,
  ]
  for (const typ of typs) {
    await expectNoAccessToken(signed({ ...at.header, typ }, at.claims, 'ES256'), `typ ${typ}`)
    await expectNoHint(signed({ ...id.header, typ }, id.claims, 'RS256'), `typ ${typ}`)
  }
  // With the other kind's typ, its claims are still not the ones needed.
  await expectNoAccessToken(signed(at.header, id.claims, 'ES256'), 'an ID token in disguise')
  const { tokens } = await letIn(server, 'web')
  const borrowed = { ...at.claims, jti: claimsOf(tokens.access_token).jti }
  await expectNoAccessToken(signed(at.header, borrowed, 'ES256'), 'the grant of another client')
  for (const jti of [undefined, null, '', '.', 'x', '__proto__.x'])
    await expectNoAccessToken(signed(at.header, { ...at.claims, jti }, 'ES256'), `jti ${jti}`)
})

it('JW08 an access token for another audience opens nothing here', async () => {
  const params = { scope: 'openid read', resource: api }
  const { access_token } = await codeFlow(server, scene.browser, scene.app, { params })
  expect(claimsOf(access_token)).toMatchObject({ aud: api, scope: 'read' })
  const response = await server.fetch('/userinfo', { headers: { Authorization: `Bearer ${access_token}` } })
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
  expect(await outcome(response)).toBe('401 invalid_token')
  const { iss } = at.claims
  for (const aud of [[iss], [iss, api], '', null, undefined, {}])
    await expectNoAccessToken(
      signed(at.header, { ...at.claims, aud }, 'ES256'),
      JSON.stringify(aud) ?? 'no aud',
    )
  for (const other of [
    'https://evil.test',
    `${iss}/`,
    `${iss}.evil.test`,
    'https://AS.test',
    [iss],
    null,
    undefined,
  ])
    await expectRefused(
      ({ header, claims }, alg) => signed(header, { ...claims, iss: other }, alg),
      `iss ${other}`,
    )
})

it('JW12 no private member of a key in the key set, the log, an error or the list of keys', async () => {
  const { keys } = (await (await server.fetch('/jwks')).json()) as JSONWebKeySet
  expect(keys.map(({ alg }) => alg)).toEqual([...signingAlgs])
  const members = new Set(keys.flatMap((key) => Object.keys(key)))
  expect([...members].sort()).toEqual(['alg', 'crv', 'e', 'kid', 'kty', 'n', 'use', 'x', 'y'])
  const secret = signingAlgs.flatMap((alg) => {
    const { d, p, q, dp, dq, qi } = knownKey(alg).export({ format: 'jwk' })
    return [d, p, q, dp, dq, qi].filter((text) => text !== undefined)
  })
  expect(secret.length).toBe(14)
  const rows = JSON.stringify(await server.deps.store.keys.all())
  const listed = JSON.stringify(await server.deps.keyring.list())
  const refused = await (await server.fetch('/jwks', { method: 'POST' })).text()
  for (const text of secret)
    for (const place of [JSON.stringify(keys), rows, listed, refused, server.log.join('')])
      expect(place).not.toContain(text)
})

describe('JW13 rotation', () => {
  const maxAge = 300
  const start = async (config: Partial<Config> = {}) => {
    const rotating = await createTestServer({ config: { jwksMaxAge: maxAge, ...config } })
    await rotating.addResource(api, ['read'], { tokenTtl: 86_400 })
    const service = await rotating.addClient('service', { resources: [api] })
    const mint = async () => {
      const answer = await tokenRequest(rotating, service, { grant_type: 'client_credentials' })
      return (await tokensOf(answer)).access_token
    }
    const keySet = async () => {
      const response = await rotating.fetch('/jwks')
      expect(response.headers.get('cache-control')).toContain(`max-age=${maxAge}`)
      return (await response.json()) as JSONWebKeySet
    }
    const verify = (token: string, set: JSONWebKeySet) =>
      jwtVerify(token, createLocalJWKSet(set), { currentDate: new Date(rotating.clock.now * 1000) })
    return { rotating, mint, keySet, verify }
  }

  it('a verifier whose copy is as old as it may be never fails, before, in and after it', async () => {
    const { rotating, mint, keySet, verify } = await start({ keyRotation: 9000 })
    const signers = new Set<unknown>()
    let stale = await keySet()
    await rotating.deps.keyring.rotate('ES256')
    for (let time = 0; time < 2700; time += maxAge) {
      const token = await mint()
      signers.add(decodeProtectedHeader(token).kid)
      await verify(token, stale)
      stale = await keySet()
      rotating.clock.advance(maxAge)
      await rotating.deps.keyring.tick()
    }
    expect(signers.size).toBeGreaterThan(1)
    await rotating.close()
  })

  it('an old key stays until the last token that it signed has expired', async () => {
    const { rotating, mint, keySet, verify } = await start()
    const lead = 86_400
    await rotating.deps.keyring.rotate('ES256')
    rotating.clock.advance(lead - 1)
    const last = await mint()
    rotating.clock.advance(1)
    await rotating.deps.keyring.tick()
    expect(decodeProtectedHeader(await mint()).kid).not.toBe(decodeProtectedHeader(last).kid)
    rotating.clock.advance(86_400 - 2)
    await rotating.deps.keyring.tick()
    await verify(last, await keySet())
    await rotating.close()
  })
})

describe('JW14 a key that is over', () => {
  it('is used to verify nothing and to sign nothing', async () => {
    const own = await connect('web')
    const { keyring } = own.server.deps
    const hint = own.tokens.id_token ?? ''
    const { kid } = decodeProtectedHeader(hint)
    const published = async () => {
      const { keys } = (await (await own.server.fetch('/jwks')).json()) as JSONWebKeySet
      return keys.map((key) => key.kid)
    }
    const hintedBy = () => ask(own.server, own.app, { prompt: 'none', id_token_hint: hint })
    const pass = async (seconds: number) => {
      own.server.clock.advance(seconds)
      await keyring.tick()
    }
    await keyring.rotate('RS256')
    await pass(86_400)
    const again = await codeFlow(own.server, own.browser, own.app, { person: own.person })
    expect(decodeProtectedHeader(again.id_token ?? '').kid).not.toBe(kid)
    expect(await hintedBy(), 'retired, but published').toBe('RD:login_required')
    await pass(86_400 + 60)
    expect(await published()).not.toContain(kid)
    expect(await hintedBy(), 'gone').toBe('RD:invalid_request')
    await own.server.close()
  })

  it('because it leaked ends every token it signed, at once, on every node', async () => {
    const own = await connect('web')
    const { store, keyring } = own.server.deps
    const node = await createTestServer({ store, startAt: own.server.clock.now })
    const asked = { headers: { Authorization: `Bearer ${own.tokens.access_token}` } }
    expect((await node.fetch('/userinfo', asked)).status).toBe(200)
    await keyring.rotate('ES256', { immediately: true })
    node.clock.advance(1)
    for (const each of [own.server, node]) {
      expect(await outcome(await each.fetch('/userinfo', asked))).toBe('401 invalid_token')
      expect(await introspect(each, own.app, own.tokens.access_token)).toEqual(inactive)
    }
    await node.close()
    await own.server.close()
  })
})

it('JW16 no claim about a person stands in for one of the protocol, in any token or answer', async () => {
  const { person, app, browser } = await letIn(server, 'web')
  const reserved = {
    iss: 'https://evil.test',
    sub: 'u_evil',
    aud: 'evil',
    exp: 9e9,
    iat: 1,
    nbf: 9e9,
    jti: 'evil',
    nonce: 'evil',
    acr: 'evil',
    amr: ['evil'],
    azp: 'evil',
    sid: 'evil',
    at_hash: 'evil',
    auth_time: 1,
    client_id: 'evil',
    scope: 'evil',
    cnf: { jkt: 'evil' },
    act: { sub: 'evil' },
  }
  const edit = { ...person.user, claims: { ...reserved, name: 'Mallory' } as never }
  await server.deps.store.users.update({ ...edit, updatedAt: server.clock.now })
  const asked = Object.fromEntries(Object.keys(reserved).map((name) => [name, { essential: false }]))
  const claims = JSON.stringify({ id_token: { ...asked, name: null }, userinfo: asked })
  const params = { scope: 'openid profile email address phone', claims }
  const tokens = await codeFlow(server, browser, app, { params })
  const answer = await server.fetch('/userinfo', {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  })
  const idToken = claimsOf(tokens.id_token ?? '')
  const seen = [idToken, claimsOf(tokens.access_token), (await answer.json()) as Record<string, unknown>]
  for (const one of [...seen, await introspect(server, app, tokens.access_token)])
    expect(JSON.stringify(one)).not.toMatch(/evil/)
  for (const one of seen) {
    expect(one.sub).toBe(person.user.sub)
    for (const name of ['cnf', 'act', 'azp', 'nbf']) expect(one).not.toHaveProperty(name)
  }
  expect(idToken).toMatchObject({ iss: server.issuer, aud: app.client.id, name: 'Mallory' })
  expect(idToken.exp).toBe(server.clock.now + server.config.idTokenTtl)
})

it('JW17 the metadata offers no none, no plain, no token, in any of its places', async () => {
  for (const path of discoveryPaths('')) {
    const metadata = (await (await server.fetch(path)).json()) as Record<string, unknown>
    expect(metadata).toMatchObject({
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: [...signingAlgs],
    })
    const lists = Object.entries(metadata).filter(
      // Public clients authenticate by `none` (RFC 7591 2), which is another none; others by an HMAC under their secret.
      ([name, value]) => Array.isArray(value) && !/_auth_(methods|signing_alg_values)_supported$/.test(name),
    )
    for (const [name, value] of lists)
      for (const weak of ['none', 'plain', 'token', 'id_token', 'implicit', 'password', 'HS256', 'fragment'])
        if (name !== 'prompt_values_supported') expect(value, name).not.toContain(weak)
    expect(metadata.introspection_endpoint_auth_methods_supported).not.toContain('none')
    expect(metadata.token_endpoint_auth_signing_alg_values_supported).not.toContain('none')
  }
})

it.each(encryptedTokens)('JW09 an encrypted token is refused before it is opened: %s', async (why, token) => {
  await expectNoAccessToken(token, why)
  await expectNoHint(token, why)
})

describe('JW18 the cuckoo’s token', () => {
  it('of one API is nothing at another', async () => {
    await server.addResource('https://other.test', ['list'])
    const other = await server.addClient('service', { resources: ['https://other.test'] })
    const { access_token } = await codeFlow(server, scene.browser, scene.app, { params: { scope: 'read' } })
    expect(claimsOf(access_token)).toMatchObject({ iss: server.issuer, aud: api })
    expect(await introspect(server, apiClient, access_token)).toMatchObject({ active: true, aud: api })
    expect(await introspect(server, other, access_token)).toEqual(inactive)
    const keys = createLocalJWKSet((await (await server.fetch('/jwks')).json()) as JSONWebKeySet)
    const currentDate = new Date(server.clock.now * 1000)
    const expected = { currentDate, issuer: server.issuer, typ: 'at+jwt' }
    await jwtVerify(access_token, keys, { ...expected, audience: api })
    await expect(
      jwtVerify(access_token, keys, { ...expected, audience: 'https://other.test' }),
    ).rejects.toThrow(/aud/)
  })

  it('of another server is nothing here, even under the same key', async () => {
    const nest = await connect('web', { issuer: 'https://as2.test' })
    const stranger = readGenuine(nest.tokens.access_token)
    expect(stranger.header).toEqual(at.header)
    await expectNoAccessToken(stranger.text, 'of another issuer')
    await expectNoHint(nest.tokens.id_token ?? '', 'of another issuer')
    await nest.server.close()
  })
})

it('the person is still signed in after all of this', async () => {
  expect(await ask(server, scene.app, { prompt: 'none' }, { browser: scene.browser })).toBe('code')
})
