// Owns what every example must do: the same scenes for whatever language it is written in.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signingAlgs } from '../../src/protocol/client.js'
import { type Example, missing, type Running } from './apis.js'
import { briefly, createKey, type Issuer, startIssuer, ttl } from './issuer.js'

/** Seconds by which the clocks of an issuer and an API may differ for the examples. */
const tolerance = 5

/** What a scene has at hand. */
export type Scene = {
  /** The example, running. */
  api(): Running
  mint(minting?: Parameters<Issuer['mint']>[1]): Promise<string>
}

/** The scenes, with `more` of its own. */
export function describeApi(example: Example, more: (scene: Scene) => void = () => {}): void {
  describe.skipIf(missing(example))(example.name, () => {
    let folder: string
    let issuer: Issuer
    let api: Running
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'grantor-example-'))
      example.prepare?.(folder)
      issuer = await startIssuer()
      api = await startApi()
    })
    afterAll(async () => {
      await api?.stop()
      await issuer?.stop()
      await rm(folder, { recursive: true })
    })

    const startApi = () => example.start({ ISSUER: issuer.url, AUDIENCE: issuer.audience }, folder)
    const mint: Scene['mint'] = (minting) => issuer.mint(issuer.audience, minting)
    const now = () => Math.floor(Date.now() / 1000)
    more({ api: () => api, mint })

    /** The answer to a token that must be refused as RFC 6750 3.1 says, without a word about whom it names. */
    async function refuses(token: string): Promise<void> {
      const response = await api.call(token)
      expect(response.status, api.log()).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="invalid_token"/)
      expect(await response.text()).not.toContain('ada')
    }

    /** The same where RFC 6750 3.1 has a choice: what cannot be a token at all may be an invalid request too. */
    async function refusesSpelling(token: string): Promise<void> {
      const response = await api.call(token)
      const error = response.status === 400 ? 'invalid_request' : 'invalid_token'
      expect([400, 401], api.log()).toContain(response.status)
      expect(response.headers.get('www-authenticate')).toContain(`error="${error}"`)
    }

    it('PC17: takes tokens of an issuer that ends with a slash, and asks it without doubling it', async () => {
      const slashed = await startIssuer('/')
      const running = await example.start({ ISSUER: slashed.iss, AUDIENCE: slashed.audience }, folder)
      try {
        const response = await running.call(await slashed.mint(slashed.audience))
        expect(response.status, running.log()).toBe(200)
        const foreign = await running.call(
          await slashed.mint(slashed.audience, { claims: { iss: slashed.url } }),
        )
        expect(foreign.status).toBe(401)
        expect(slashed.asked.filter((path) => path.includes('//'))).toEqual([])
      } finally {
        await running.stop()
        await slashed.stop()
      }
    })

    it('lets a good token in', async () => {
      const response = await api.call(await mint())
      expect(response.status, api.log()).toBe(200)
      expect(await response.json()).toEqual({ sub: 'ada' })
    })

    it('knows the scheme and the type in any case, and among several audiences its own', async () => {
      const claims = { aud: ['https://other.test', issuer.audience] }
      const token = await mint({ header: { typ: 'application/AT+JWT' }, claims })
      const response = await api.call(undefined, { Authorization: `bearer ${token}` })
      expect(response.status, api.log()).toBe(200)
    })

    it('challenges whoever brings no token, or something else', async () => {
      for (const headers of [{}, { Authorization: 'Basic YTpi' }] as Record<string, string>[]) {
        const response = await api.call(undefined, headers)
        expect(response.status).toBe(401)
        // RFC 6750 3.1: no error code for somebody who sent no credentials.
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer(?!.*error=)/)
      }
    })

    it('asks for the scope it needs', async () => {
      for (const scope of ['openid', 'api:readwrite', undefined]) {
        const response = await api.call(await mint({ claims: { scope } }))
        expect(response.status, api.log()).toBe(403)
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*error="insufficient_scope"/)
      }
    })

    it.each([
      ['that has expired', { claims: { exp: now() - 60 } }],
      ['from the future', { claims: { nbf: now() + 600 } }],
      ['that never expires', { claims: { exp: undefined } }],
      ['for another API', { claims: { aud: 'https://other.test' } }],
      ['for an API whose name begins the same', { claims: { aud: 'http://127.0.0.1' } }],
      ['for nobody', { claims: { aud: undefined } }],
      ['that says it is of another issuer', { claims: { iss: 'https://other.test' } }],
      ['of no client', { claims: { client_id: undefined } }],
      ['of no subject', { claims: { sub: undefined } }],
      ['bound to a key', { claims: { cnf: { jkt: 'x' } } }],
      ['that is an ID token', { header: { typ: 'JWT' } }],
      ['of no type', { header: { typ: undefined } }],
      ['that is a status list', { header: { typ: 'statuslist+jwt' } }],
      ['with a status that is none', { claims: { status: {} } }],
      ['with an index that is none', { claims: { status: { status_list: { idx: '1', uri: 'x' } } } }],
      [
        'with a list elsewhere',
        { claims: { status: { status_list: { idx: 1, uri: 'https://other.test/1' } } } },
      ],
    ])('refuses a token %s', async (_, minting) => {
      await refuses(await mint(minting as never))
    })

    it('refuses a token signed with a key that is not published, whatever name it has', async () => {
      const stranger = await createKey()
      const { kid = '' } = decodeProtectedHeader(await mint())
      await refuses(await mint({ key: { ...stranger, kid } }))
      await refuses(await mint({ key: stranger, header: { jwk: stranger.jwk } }))
    })

    it('refuses a token that was changed, and every other spelling of a good one', async () => {
      const token = await mint()
      const [header = '', payload = '', signature = ''] = token.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
      const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url')
      await refuses(`${header}.${changed}.${signature}`)
      await refusesSpelling(`${header}.${payload}.`)
      await refusesSpelling(`${header}.${payload}`)
      // Four, so that the length is still that of base64.
      await refusesSpelling(`${header}.${payload}.${signature}****`)
      await refusesSpelling(`${header}.${payload}.${signature}.`)
      await refusesSpelling(JSON.stringify({ protected: header, payload, signature }))
      expect(await api.status(token)).toBe(200)
    })

    it('refuses alg none, and a secret made of the public key', async () => {
      const [header = '', payload = ''] = (await mint()).split('.')
      const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
      const none = { alg: 'none', typ: 'at+jwt', kid }
      await refuses(`${Buffer.from(JSON.stringify(none)).toString('base64url')}.${payload}.`)
      const jwks = await (await fetch(`${issuer.url}/jwks`)).text()
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
      const symmetric = new SignJWT(claims).setProtectedHeader({ ...none, alg: 'HS256' })
      await refuses(await symmetric.sign(Buffer.from(jwks)))
    })

    it.each(['x', '..', '[[', '{}', 'a'.repeat(12_000), `${'W1tb'.repeat(2000)}.e30.e30`])(
      'refuses rubbish (%#)',
      async (rubbish) => {
        await refusesSpelling(rubbish)
      },
    )

    it('learns of new keys of every kind at once, and is no amplifier for unknown ones', async () => {
      const another = await startApi()
      try {
        expect(await another.status(await mint())).toBe(200)
        const asked = issuer.asked.length
        const keys = await Promise.all(signingAlgs.map((alg) => issuer.rotate(alg)))
        for (const key of keys) expect(await another.status(await mint({ key })), another.log()).toBe(200)
        for (let i = 0; i < 20; i++) {
          expect(await another.status(await mint({ header: { kid: `unknown-${i}` } }))).toBe(401)
        }
        expect(issuer.asked.slice(asked).filter((path) => path === '/jwks')).toHaveLength(1)
      } finally {
        await another.stop()
      }
    })

    it('asks for the list once in its time, not for each token', async () => {
      const [token, asked, started] = [await mint(), issuer.asked.length, Date.now()]
      while (Date.now() - started < 1500) expect(await api.status(token)).toBe(200)
      const lists = issuer.asked.slice(asked).filter((path) => path === '/status-lists/1').length
      expect(lists).toBeGreaterThan(0)
      expect(lists).toBeLessThanOrEqual(3)
    })

    it('refuses a revoked token when the time of its list is over, and no other', async () => {
      const [revoked, other] = [await mint(), await mint()]
      expect(await api.status(revoked)).toBe(200)
      issuer.revoke(revoked)
      await sleep((ttl + 1) * 1000)
      await refuses(revoked)
      expect(await api.status(other)).toBe(200)
    })

    it('refuses every status but valid, and an index that no list has', async () => {
      await refuses(await mint({ list: 'suspended' }))
      const uri = `${issuer.url}/status-lists/1`
      for (const idx of [1024, -1, 2 ** 40, 1.5]) {
        await refuses(await mint({ claims: { status: { status_list: { idx, uri } } } }))
      }
    })

    it.each(['of-another-key', 'for-another-uri', 'of-another-type', 'ended', 'bomb', 'garbage', 'missing'])(
      'lets nobody in by a list that is no proof (%s), and says so in its log',
      async (list) => {
        const response = await api.call(await mint({ list }))
        expect(response.status, api.log()).toBe(503)
        expect(response.headers.get('www-authenticate')).toBeNull()
        expect(api.log()).toMatch(new RegExp(`/status-lists/${list}[ :].*`))
      },
    )

    it('goes on without the issuer until its last list ends, then answers 503 and says why', async () => {
      const token = await mint({ list: 'brief' })
      const started = Date.now()
      expect(await api.status(token)).toBe(200)
      await issuer.stop()
      try {
        const timeout = (briefly + tolerance + 1) * 1000
        await expect.poll(() => api.status(token), { timeout, interval: 200 }).toBe(503)
      } finally {
        await issuer.start()
      }
      // `exp` is in whole seconds, so it may come up to one early.
      expect(Date.now() - started).toBeGreaterThan((briefly - 1) * 1000)
      expect(api.log()).toMatch(/status-lists\/brief/)
      await expect.poll(() => api.status(token), { timeout: 8000, interval: 250 }).toBe(200)
    })

    it('answers 503 while it has no keys, and starts to work when it can have them', async () => {
      const token = await mint()
      await issuer.stop()
      const early = await startApi()
      try {
        expect(await early.status(token)).toBe(503)
        await issuer.start()
        await expect.poll(() => early.status(token), { timeout: 8000, interval: 250 }).toBe(200)
      } finally {
        await early.stop()
      }
    })

    // The last: the issuer stays silent.
    it('goes on while the issuer does not answer, and keeps nobody waiting for long', async () => {
      const token = await mint({ list: '1' })
      expect(await api.status(token)).toBe(200)
      issuer.fallSilent()
      await sleep(ttl * 1000 + 100)
      const renewing = api.status(token)
      await sleep(100)
      const started = Date.now()
      for (let i = 0; i < 5; i++) expect(await api.status(token), api.log()).toBe(200)
      expect(Date.now() - started).toBeLessThan(example.patience ?? 1000)
      expect(await renewing).toBe(200)
    })
  })
}
