// Attacks on the reading of our own JWTs (docs/threats.md, JW01 to JW14), each by its id.
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type JWK, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type OwnJwtOptions, verifyOwnJwt } from '../../src/crypto/jwt.js'
import { signingKey } from '../../src/crypto/key-pair.js'
import type { Keyring } from '../../src/crypto/keyring.js'
import { type SigningAlg, signingAlgs } from '../../src/protocol/client.js'
import { knownKey } from '../support/keys.js'
import rfc7515 from '../vectors/rfc7515.json' with { type: 'json' }
import { closeRigs, rig } from './rig.js'

const now = 1_800_000_000
const claims = {
  iss: 'https://as.test',
  sub: 'u_ada',
  aud: 'https://api.test',
  exp: now + 300,
  iat: now,
  jti: 'j',
}

let keyring: Keyring
let kid: string
let rsaKid: string

beforeAll(async () => {
  keyring = (await rig({ now })).keyring
  kid = (await keyring.signer('ES256')).kid
  rsaKid = (await keyring.signer('RS256')).kid
})

afterAll(closeRigs)

function read(token: string, more: Partial<OwnJwtOptions> = {}) {
  return verifyOwnJwt(token, { keyring, typ: 'at+jwt', issuer: claims.iss, now, ...more })
}

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token with a genuine ES256 signature of our own key over any header and payload. */
function genuine(header: unknown, payload: unknown): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${signature(input)}`
}

function signature(input: string, key: KeyObject = knownKey('ES256')): string {
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

const header = () => ({ alg: 'ES256', typ: 'at+jwt', kid })
const fault = (text: string) => ({ fault: expect.stringContaining(text) })

describe('tokens of our own', () => {
  it.each(signingAlgs)('are read: %s', async (alg) => {
    const token = await (await keyring.signer(alg)).sign('at+jwt', claims)
    expect(await read(token, { audience: claims.aud })).toEqual({ claims })
  })

  it('are read when the test forges them by the same rules', async () => {
    expect(await read(genuine(header(), claims))).toEqual({ claims })
  })

  it('are refused from another issuer', async () => {
    expect(await read(genuine(header(), claims), { issuer: 'https://other.test' })).toEqual(fault('iss'))
  })
})

describe('attacks', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('JW01 alg none in any spelling, or an empty signature', async () => {
    for (const alg of ['none', 'nOnE', 'NONE', '', null, 0, ['ES256']]) {
      const input = `${part({ ...header(), alg })}.${part(claims)}`
      expect(await read(`${input}.`)).toEqual(fault('not a compact JWS'))
      expect(await read(`${input}.${signature(input)}`)).toEqual(fault('no algorithm or key of ours'))
    }
    expect(await read(rfc7515['A.5'].compact)).toEqual(fault('not a compact JWS'))
    const [head, body] = genuine(header(), claims).split('.')
    expect(await read(`${head}.${body}.`)).toEqual(fault('not a compact JWS'))
    for (const forged of [Buffer.alloc(64), Buffer.alloc(64, 1), Buffer.alloc(1), Buffer.alloc(0)]) {
      expect(await read(`${head}.${body}.${forged.toString('base64url')}`)).toHaveProperty('fault')
    }
  })

  it('JW02 HS256 keyed with our public key, and one of our algorithms with the key of another', async () => {
    const { publicKey, publicJwk } = signingKey('RS256', knownKey('RS256'))
    const secrets = [
      publicKey.export({ format: 'pem', type: 'spki' }),
      publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(publicJwk),
      publicJwk.n as string,
    ]
    for (const secret of secrets) {
      for (const alg of ['HS256', 'hs256', 'RS256']) {
        const input = `${part({ alg, typ: 'at+jwt', kid: rsaKid })}.${part(claims)}`
        const mac = createHmac('sha256', secret).update(input).digest('base64url')
        expect(await read(`${input}.${mac}`)).toHaveProperty('fault')
      }
    }
    const pssWithRs256Key = `${part({ alg: 'PS256', typ: 'at+jwt', kid: rsaKid })}.${part(claims)}`
    const pss = sign('sha256', Buffer.from(pssWithRs256Key), {
      key: knownKey('RS256'),
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    })
    expect(await read(`${pssWithRs256Key}.${pss.toString('base64url')}`)).toEqual(fault('no key of ours'))
  })

  it('JW03 kid, jku, x5u, jwk that lead elsewhere are followed nowhere', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch')
    const asked = vi.spyOn(keyring, 'verificationKey')
    for (const evil of [
      '../../etc/passwd',
      "' OR 1=1 --",
      'https://evil.test/key',
      '',
      '__proto__',
      'constructor',
    ]) {
      expect(await read(genuine({ ...header(), kid: evil }, claims))).toEqual(fault('no key of ours'))
    }
    for (const evil of [undefined, null, 0, [kid], { kid }]) {
      expect(await read(genuine({ ...header(), kid: evil }, claims))).toEqual(fault('no algorithm or key'))
    }
    const attacker = signingKey('ES256', strangersKey())
    for (const extra of [
      { jku: 'http://127.0.0.1:9/jwks' },
      { x5u: 'http://127.0.0.1:9/cert' },
      { jwk: attacker.publicJwk },
      { x5c: ['MIIB'] },
    ]) {
      const input = `${part({ ...header(), ...extra })}.${part(claims)}`
      expect(await read(`${input}.${signature(input, attacker.privateKey)}`)).toEqual(fault('not the header'))
      expect(await read(`${input}.${signature(input)}`)).toEqual(fault('not the header'))
    }
    expect(asked.mock.calls.length).toBeGreaterThan(0)
    expect(fetched).not.toHaveBeenCalled()
  })

  it('JW04 crit, known, unknown or twice, and b64', async () => {
    for (const extra of [
      { crit: ['exp'], exp: now + 300 },
      { crit: ['unknown'] },
      { crit: ['b64'], b64: false },
      { b64: false },
      { b64: true },
      { crit: [] },
      { zip: 'DEF' },
      { cty: 'JWT' },
    ]) {
      expect(await read(genuine({ ...header(), ...extra }, claims))).toEqual(fault('not the header'))
    }
    const twice = `{"alg":"ES256","typ":"at+jwt","kid":"${kid}","crit":["exp"],"crit":[]}`
    expect(await read(genuine(twice, claims))).toHaveProperty('fault')
  })

  it('JW05 padding, whitespace, parts, JSON serialisation, loose bits', async () => {
    const token = genuine(header(), claims)
    const [head, body, mac] = token.split('.') as [string, string, string]
    const asJson = JSON.stringify({ protected: head, payload: body, signature: mac })
    const others = [
      `${token}=`,
      `${head}=.${body}.${mac}`,
      `${token}\n`,
      ` ${token}`,
      `${head}. ${body}.${mac}`,
      `${token}.`,
      `${token}.${mac}`,
      `${head}.${body}`,
      `.${token}`,
      asJson,
      JSON.stringify({ payload: body, signatures: [{ protected: head, signature: mac }] }),
      `${token.slice(0, -2)}+/`,
      `Bearer ${token}`,
      token.slice(0, -1) + nextLetter(token),
      '',
      '..',
      'a.b.c',
      'A'.repeat(100_000),
    ]
    for (const other of others) expect(await read(other), other.slice(0, 80)).toHaveProperty('fault')
  })

  it('JW05 a member twice, other white space, bad UTF-8, not an object, though signed with our key', async () => {
    const text = JSON.stringify(claims)
    const payloads = [
      text.replace('"sub":"u_ada"', '"sub":"u_eve","sub":"u_ada"'),
      text.replace('{', '{ '),
      `\ufeff${text}`,
      `${text}\n`,
      text.replace('u_ada', '\\u0075_ada'),
      '[]',
      'null',
      '"text"',
      '1',
      '{',
      '',
    ]
    for (const payload of payloads) {
      expect(await read(genuine(header(), payload)), payload).toHaveProperty('fault')
    }
    const badUtf8 = Buffer.from(text.replace('u_ada', 'u_\u00e4')).toString('latin1')
    const input = `${part(header())}.${Buffer.from(badUtf8.replace('Ã', ''), 'latin1').toString('base64url')}`
    expect(await read(`${input}.${signature(input)}`)).toEqual(fault('not the JSON we write'))

    const headers = [
      `{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"${kid}"}`,
      `{"alg":"ES256","typ":"JWT","typ":"at+jwt","kid":"${kid}"}`,
      `{"alg": "ES256","typ":"at+jwt","kid":"${kid}"}`,
      `{"typ":"at+jwt","alg":"ES256","kid":"${kid}"}`,
    ]
    for (const head of headers) expect(await read(genuine(head, claims)), head).toHaveProperty('fault')
  })

  it('JW06 exp, iat, nbf that are no times, or lie ahead', async () => {
    const wrong = (name: string) => [
      ...[null, '1800000300', Number.NaN, 1.5, 1e308, -1, true, [now], {}].map((value) => ({
        [name]: value,
      })),
      { [name]: undefined },
    ]
    for (const change of [...wrong('exp'), ...wrong('iat')]) {
      const result = await read(genuine(header(), { ...claims, ...change }))
      expect(result, JSON.stringify(change)).toEqual(fault('no time'))
    }
    for (const change of wrong('nbf').slice(0, -1)) {
      expect(await read(genuine(header(), { ...claims, ...change }))).toEqual(fault('no time'))
    }
    expect(
      await read(genuine(header(), JSON.stringify(claims).replace(`${now + 300}`, '1e999'))),
    ).toHaveProperty('fault')
    for (const name of ['iat', 'nbf']) {
      const ahead = { ...claims, nbf: now, [name]: now + 61 }
      expect(await read(genuine(header(), ahead))).toEqual(fault('in the future'))
      expect(await read(genuine(header(), { ...claims, [name]: now + 10 }))).toHaveProperty('claims')
    }
  })

  it('JW06 expired at the very second that exp names, unless it is a hint', async () => {
    const token = genuine(header(), claims)
    expect(await read(token, { now: now + 299 })).toHaveProperty('claims')
    expect(await read(token, { now: now + 300 })).toEqual(fault('expired'))
    expect(await read(token, { now: now + 300, allowExpired: true })).toHaveProperty('claims')
    const ahead = genuine(header(), { ...claims, iat: now + 61 })
    expect(await read(ahead, { allowExpired: true })).toEqual(fault('in the future'))
  })

  it('JW07 one kind of token in place of another', async () => {
    const signer = await keyring.signer('ES256')
    const kinds = ['JWT', 'at+jwt', 'logout+jwt', 'statuslist+jwt']
    for (const typ of kinds) {
      const token = await signer.sign(typ, claims)
      for (const wanted of kinds) {
        const result = await read(token, { typ: wanted })
        expect(result).toEqual(typ === wanted ? { claims } : fault(`header of our ${wanted}`))
      }
    }
    for (const typ of ['application/at+jwt', 'AT+JWT', 'at+jwt ', undefined]) {
      expect(await read(genuine({ ...header(), typ }, claims))).toEqual(fault('not the header'))
    }
  })

  it('JW08 another audience, several, or none', async () => {
    const audience = claims.aud
    for (const aud of [
      'https://other.test',
      `${audience}/`,
      [audience],
      [audience, 'x'],
      '',
      null,
      undefined,
    ]) {
      const token = genuine(header(), { ...claims, aud })
      expect(await read(token, { audience })).toEqual(fault('aud'))
    }
  })

  it('is refused without a subject', async () => {
    for (const sub of [undefined, null, '', 1, ['u_ada']]) {
      expect(await read(genuine(header(), { ...claims, sub }))).toEqual(fault('sub'))
    }
  })

  it('JW10 a key of our own name but another kind is not ours', async () => {
    const attacker = strangersKey()
    const token = await new SignJWT(claims).setProtectedHeader({ ...header(), alg: 'ES256' }).sign(attacker)
    expect(await read(token)).toEqual(fault('signature'))
    for (const alg of signingAlgs.filter((other) => other !== 'ES256')) {
      expect(await read(genuine({ ...header(), alg }, claims))).toEqual(fault('no key of ours'))
    }
  })

  it('JW12 no private member in the key set', async () => {
    const { keys } = JSON.parse((await keyring.jwks()).body) as { keys: JWK[] }
    expect(keys.map((key) => key.alg)).toEqual([...signingAlgs])
    const allowed = ['kty', 'use', 'alg', 'kid', 'crv', 'x', 'y', 'n', 'e']
    expect(keys.flatMap((key) => Object.keys(key)).filter((name) => !allowed.includes(name))).toEqual([])
    const privateText = signingAlgs.flatMap((alg: SigningAlg) => {
      const { d, p, q } = knownKey(alg).export({ format: 'jwk' })
      return [d, p, q].filter((text) => text !== undefined)
    })
    const shown = (await keyring.jwks()).body + JSON.stringify(await keyring.list())
    expect(privateText.length).toBeGreaterThan(4)
    for (const text of privateText) expect(shown).not.toContain(text)
  })

  it('any one byte changed', async () => {
    const token = genuine(header(), claims)
    for (let at = 0; at < token.length; at++) {
      const other = token.slice(0, at) + (token[at] === 'A' ? 'Q' : 'A') + token.slice(at + 1)
      expect(await read(other), `at ${at}`).toHaveProperty('fault')
    }
  })
})

function strangersKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
}

/** The last of 86 characters carries two bits; the next letter carries the same two and loose ones. */
function nextLetter(text: string): string {
  return String.fromCharCode(text.charCodeAt(text.length - 1) + 1)
}
