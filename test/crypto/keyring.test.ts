// The life of signing keys, with a clock that is moved: published, signing, retired, gone.
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readConfig } from '../../src/config.js'
import { verifyOwnJwt } from '../../src/crypto/jwt.js'
import { publicationLead, retention } from '../../src/crypto/key-schedule.js'
import type { Keyring } from '../../src/crypto/keyring.js'
import { KeyringError } from '../../src/crypto/published-keys.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import { signingAlgs } from '../../src/protocol/client.js'
import { resourceFaults } from '../../src/protocol/resource.js'
import { quickKeys } from '../support/keys.js'
import { closeRigs, day, policy, rig } from './rig.js'

const issuer = 'https://as.test'

afterEach(closeRigs)

async function published(keyring: Keyring): Promise<JSONWebKeySet> {
  return JSON.parse((await keyring.jwks()).body)
}

async function kids(keyring: Keyring, alg = 'ES256'): Promise<(string | undefined)[]> {
  return (await published(keyring)).keys.filter((key) => key.alg === alg).map((key) => key.kid)
}

async function states(keyring: Keyring, alg = 'ES256') {
  return (await keyring.list()).filter((key) => key.alg === alg).map((key) => key.state)
}

async function mint(keyring: Keyring, now: number, ttl = 300): Promise<string> {
  const signer = await keyring.signer('ES256')
  return signer.sign('at+jwt', {
    iss: issuer,
    sub: 'u_ada',
    aud: 'https://api.test',
    iat: now,
    exp: now + ttl,
  })
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid

describe('the first start', () => {
  it('makes one active key of each algorithm, published in order, and the next start keeps them', async () => {
    const { keyring, open } = await rig()
    const { keys } = await published(keyring)
    expect(keys.map((key) => key.alg)).toEqual([...signingAlgs])
    expect((await keyring.list()).every((key) => key.state === 'active')).toBe(true)
    for (const alg of signingAlgs) {
      const signer = await keyring.signer(alg)
      expect(signer.kid).toBe(keys.find((key) => key.alg === alg)?.kid)
    }
    const again = await open()
    expect(await again.jwks()).toEqual(await keyring.jwks())
  })

  it('of two nodes at once agrees on the same keys', async () => {
    const { open, store } = await rig()
    for (const { kid } of await store.keys.all()) await store.keys.remove(kid)
    const nodes = await Promise.all([1, 2, 3].map(() => open({ generate: quickKeys() })))
    const sets = await Promise.all(nodes.map((node) => node.jwks()))
    expect(new Set(sets.map((set) => set.body)).size).toBe(1)
    expect(await store.keys.all()).toHaveLength(signingAlgs.length)
  })
})

describe('JW13 rotation', () => {
  it('publishes a key for the lead before its first signature, and the old one until its last token ends', async () => {
    const { keyring, clock } = await rig()
    const start = clock.now
    const [first] = await kids(keyring)
    const lead = publicationLead(policy)

    clock.now = start + policy.keyRotation - lead - 1
    await keyring.tick()
    expect(await kids(keyring)).toEqual([first])

    clock.now += 1
    await keyring.tick()
    const [, second] = await kids(keyring)
    expect(await states(keyring)).toEqual(['active', 'pending'])
    const seen = createLocalJWKSet(await published(keyring))

    clock.now = start + policy.keyRotation - 1
    await keyring.tick()
    expect(kidOf(await mint(keyring, clock.now))).toBe(first)
    const last = await mint(keyring, clock.now)

    clock.now += 1
    await keyring.tick()
    const fresh = await mint(keyring, clock.now)
    expect(kidOf(fresh)).toBe(second)
    expect(await states(keyring)).toEqual(['active', 'retired'])
    // A verifier that fetched the set a whole lead ago knows the key; one that fetches now knows the old one.
    const currentDate = new Date(clock.now * 1000)
    await jwtVerify(fresh, seen, { currentDate })
    await jwtVerify(last, createLocalJWKSet(await published(keyring)), { currentDate })

    const kept = retention(policy)
    clock.now = start + policy.keyRotation + kept - 1
    await keyring.tick()
    expect(await kids(keyring)).toEqual([second, first])
    clock.now += 1
    await keyring.tick()
    expect(await kids(keyring)).toEqual([second])
  })

  it('keeps a retired key longer than any token may live, however lifetimes are configured', async () => {
    expect(retention(policy)).toBe(day + 60)
    expect(retention({ ...policy, sessionAbsoluteTtl: 60 })).toBe(day + 60)
    expect(retention({ ...policy, sessionAbsoluteTtl: 30 * day })).toBe(30 * day + 60)

    const read = (name: string) => () => readConfig({ [name]: String(day + 1) }, () => '')
    expect(read('GRANTOR_ACCESS_TOKEN_TTL')).toThrow('GRANTOR_ACCESS_TOKEN_TTL')
    expect(read('GRANTOR_ID_TOKEN_TTL')).toThrow('GRANTOR_ID_TOKEN_TTL')
    const resource = {
      identifier: 'https://api.test',
      name: 'API',
      scopes: [],
      defaultScope: [],
      clients: 'registered' as const,
      tokenTtl: day + 1,
    }
    expect(resourceFaults(resource, issuer)).toEqual([expect.stringContaining('lifetime')])
  })

  it('goes on through many periods without ever being late or leaving keys behind', async () => {
    const { keyring, clock, store } = await rig()
    const firstSeen = new Map<string, number>()
    const signed = new Set<string>()
    const end = clock.now + 3 * policy.keyRotation
    for (; clock.now < end; clock.now += day) {
      await keyring.tick()
      const set = await published(keyring)
      for (const { kid = '' } of set.keys) if (!firstSeen.has(kid)) firstSeen.set(kid, clock.now)
      const kid = kidOf(await mint(keyring, clock.now)) as string
      const atOnce = signed.size === 0
      if (!signed.has(kid) && !atOnce) {
        expect(clock.now - (firstSeen.get(kid) as number)).toBeGreaterThanOrEqual(publicationLead(policy))
      }
      signed.add(kid)
      expect(set.keys.length).toBeLessThanOrEqual(2 * signingAlgs.length)
    }
    expect(signed.size).toBe(3)
    expect((await store.keys.all()).length).toBeLessThanOrEqual(2 * signingAlgs.length)
  })

  it('after a long sleep still publishes first', async () => {
    const { clock, open } = await rig()
    clock.now += 10 * policy.keyRotation
    const woken = await open()
    const [old] = await kids(woken)
    expect(await states(woken)).toEqual(['active', 'pending'])
    expect(kidOf(await mint(woken, clock.now))).toBe(old)
  })

  it('finishes what a crash between its two steps left', async () => {
    const { keyring, store, clock, open } = await rig()
    const [first] = await kids(keyring)
    const [pending] = await keyring.rotate('ES256')
    clock.now += publicationLead(policy)
    await store.keys.transition(first as string, 'active', 'retired', clock.now)
    const other = await open()
    expect(kidOf(await mint(other, clock.now))).toBe(pending?.kid)
    expect(kidOf(await mint(keyring, clock.now))).toBe(pending?.kid)
    expect(await states(keyring)).toEqual(['active', 'retired'])
  })

  it.each([
    ['default', {}, day],
    ['a rotation of five days', { keyRotation: 5 * day }, day / 2],
    ['a rotation of an hour', { keyRotation: 3600 }, 900],
    ['a rotation of a minute', { keyRotation: 60, jwksMaxAge: 10 }, 30],
    ['a long cache', { jwksMaxAge: 2 * day }, 2 * day + 600],
  ])('never signs before verifiers can know the key: %s', (_, change, lead) => {
    const changed = { ...policy, ...change }
    expect(publicationLead(changed)).toBe(lead)
    expect(publicationLead(changed)).toBeGreaterThanOrEqual(changed.jwksMaxAge)
  })
})

describe('rotation by hand', () => {
  it('publishes a successor of each algorithm at once, which another node shows within a second', async () => {
    const { keyring, open, clock } = await rig()
    const other = await open()
    const before = await other.jwks()
    const made = await keyring.rotate()
    expect(made.map((key) => [key.alg, key.state])).toEqual(signingAlgs.map((alg) => [alg, 'pending']))
    expect(made[0]?.signsFrom).toBe(clock.now + publicationLead(policy))
    clock.now += 1
    const after = await other.jwks()
    expect(after.etag).not.toBe(before.etag)
    expect(await other.jwks()).toEqual(await keyring.jwks())
    for (const { kid, alg } of made) expect(await other.verificationKey(kid, alg)).toBeDefined()
  })

  it('leaves one pending key per algorithm under 50 parallel calls on two nodes', async () => {
    const { keyring, open, store } = await rig()
    const other = await open()
    const calls = Array.from({ length: 50 }, (_, i) => (i % 2 ? keyring : other).rotate())
    const answers = await Promise.all(calls)
    const pending = (await store.keys.all()).filter((row) => row.state === 'pending')
    expect(pending.map((row) => row.alg).sort()).toEqual([...signingAlgs].sort())
    const named = new Set(answers.flat().map((key) => key.kid))
    expect([...named].sort()).toEqual(pending.map((row) => row.kid).sort())
    expect((await keyring.rotate()).map((key) => key.kid).sort()).toEqual([...named].sort())
  })

  it('of one algorithm leaves the others alone', async () => {
    const { keyring } = await rig()
    await keyring.rotate('EdDSA')
    expect(await states(keyring, 'EdDSA')).toEqual(['active', 'pending'])
    expect(await states(keyring, 'ES256')).toEqual(['active'])
  })

  it('immediately drops a leaked key on every node: its tokens are refused, the new one signs', async () => {
    const { keyring, open, clock } = await rig()
    const other = await open()
    const token = await mint(other, clock.now)
    await keyring.rotate('ES256')
    const [made] = await keyring.rotate('ES256', { immediately: true })
    expect(await states(keyring)).toEqual(['active'])
    clock.now += 1
    expect(await kids(other)).toEqual([made?.kid])
    const read = (text: string) =>
      verifyOwnJwt(text, { keyring: other, typ: 'at+jwt', issuer, now: clock.now })
    expect(await read(token)).toHaveProperty('fault')
    expect(await read(await mint(other, clock.now))).toHaveProperty('claims')
    expect(await states(other, 'RS256')).toEqual(['active'])
  })
})

describe('JW14 keys past their time', () => {
  it('verify nothing from the second they are gone, swept or not, and retired ones sign nothing', async () => {
    const { keyring, clock } = await rig()
    const token = await mint(keyring, clock.now, 10 * day)
    const [first] = await kids(keyring)
    await keyring.rotate('ES256')
    clock.now += publicationLead(policy)
    await keyring.tick()
    expect((await keyring.signer('ES256')).kid).not.toBe(first)

    const gone = clock.now + retention(policy)
    const read = () => verifyOwnJwt(token, { keyring, typ: 'at+jwt', issuer, now: clock.now })
    clock.now = gone - 1
    expect(await read()).toHaveProperty('claims')
    clock.now = gone
    expect(await read()).toHaveProperty('fault')
    expect(await kids(keyring)).not.toContain(first)
  })
})

describe('the master key', () => {
  it('when wrong refuses to open, makes no key and changes nothing', async () => {
    const { open, store } = await rig()
    const before = await store.keys.all()
    const generated: string[] = []
    const wrong = open({
      secrets: deriveSecrets(Buffer.alloc(32, 8)),
      generate: async (alg) => {
        generated.push(alg)
        return quickKeys()(alg)
      },
    })
    await expect(wrong).rejects.toThrow(KeyringError)
    await expect(wrong).rejects.toThrow('start with the master key that this database was made with')
    expect(generated).toEqual([])
    expect(await store.keys.all()).toEqual(before)
  })

  it('does not open a row that was tampered with', async () => {
    const { open, store } = await rig()
    const [row] = await store.keys.all()
    if (!row) throw new Error('no key')
    await store.keys.remove(row.kid)
    const { kid } = (await store.keys.all())[0] ?? row
    await store.keys.insertActive({ ...row, kid: `${kid}x` })
    await expect(open()).rejects.toThrow(KeyringError)
  })
})

describe('the key set', () => {
  it('has an entity tag that changes only with the set', async () => {
    const { keyring, clock } = await rig()
    const { etag } = await keyring.jwks()
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{43}"$/)
    clock.now += 5
    expect((await keyring.jwks()).etag).toBe(etag)
    await keyring.rotate('ES256')
    expect((await keyring.jwks()).etag).not.toBe(etag)
  })

  it('reads the store once a second at most, however many unknown keys are asked for', async () => {
    const { keyring, store, clock } = await rig()
    clock.now += 1
    const all = vi.spyOn(store.keys, 'all')
    for (let wave = 0; wave < 3; wave++) {
      const flood = Array.from({ length: 200 }, (_, i) => keyring.verificationKey(`unknown ${i}`, 'ES256'))
      expect((await Promise.all(flood)).every((key) => key === undefined)).toBe(true)
    }
    expect(all).toHaveBeenCalledTimes(1)
  })

  it('is never older than a write of the same process that came during a read', async () => {
    const { keyring, store, clock } = await rig()
    clock.now += 1
    const old = await store.keys.all()
    let release = () => {}
    const slow = new Promise<typeof old>((resolve) => {
      release = () => resolve(old)
    })
    vi.spyOn(store.keys, 'all').mockImplementationOnce(() => slow)
    const reading = keyring.jwks()
    await keyring.rotate('ES256')
    release()
    await reading
    expect(await states(keyring)).toEqual(['active', 'pending'])
  })
})
