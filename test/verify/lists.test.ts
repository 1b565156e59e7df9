// grantor/verify asks whether a token was revoked (draft-ietf-oauth-status-list 8.3), and keeps to the policy when
// nobody can tell.
import { deflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { firstKey, freshKey, type Issuer, packed, refusal, startIssuer } from '../support/issuer.js'

let issuer: Issuer
beforeEach(async () => {
  issuer = await startIssuer()
})
afterEach(() => issuer.close())

const list = '/status-lists/1'
/** A token at an index, that outlives the test. */
const tokenAt = (idx: unknown, uri?: unknown) =>
  issuer.token({ ...issuer.status(idx, uri), exp: issuer.clock.now() + 100_000 })
const summary = ({ status, code }: { status: number; code: string | undefined }) => `${status} ${code}`

describe('a status', () => {
  it('of 0 is good, and every other is a refusal (7.1)', async () => {
    await issuer.list(
      { 1: 1, 2: 2, 3: 3, 9: 1 },
      { status_list: packed({ 1: 1, 2: 2, 3: 3, 9: 1 }, { bits: 2 }) },
    )
    const verifier = issuer.verifier()
    for (const idx of [0, 4, 8, 10, 1023]) expect(await verifier.verify(await tokenAt(idx))).toBeDefined()
    for (const idx of [1, 2, 3, 9]) {
      const error = await refusal(verifier.verify(await tokenAt(idx)))
      expect(summary(error)).toBe('401 invalid_token')
      expect(error.reason).toMatch(/^revoked: status [123] at/)
    }
    expect(issuer.count(list)).toBe(1)
  })

  it('outside the list is a refusal (8.3)', async () => {
    const verifier = issuer.verifier()
    expect(await verifier.verify(await tokenAt(1023))).toBeDefined()
    for (const idx of [1024, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])
      expect((await refusal(verifier.verify(await tokenAt(idx)))).reason).toContain('outside the list')
  })

  it('that cannot be understood is a refusal, and nothing is fetched', async () => {
    const verifier = issuer.verifier()
    const own = issuer.listUri
    const claims = [
      ...[-1, 1.5, '1', null, undefined, 1e300].map((idx) => issuer.status(idx)),
      ...[
        'https://evil.test/list',
        'http://127.0.0.1:1/list',
        `${own}#x`,
        own.replace('//', '//u:p@'),
        7,
        'x',
      ].map((uri) => issuer.status(1, uri)),
      ...[{}, null, 'x', { other: {} }, { status_list: null }].map((status) => ({ status })),
    ]
    for (const claim of claims) {
      const error = await refusal(verifier.verify(await issuer.token(claim)))
      expect(summary(error), JSON.stringify(claim)).toBe('401 invalid_token')
    }
    expect(issuer.count(list)).toBe(0)
  })

  it('is not asked for before everything else is right (8.3)', async () => {
    const verifier = issuer.verifier()
    for (const claims of [{ exp: 1 }, { aud: 'other' }, { cnf: { jkt: 'x' } }])
      await refusal(verifier.verify(await issuer.token({ ...issuer.status(1), ...claims })))
    expect(issuer.count(list)).toBe(0)
  })

  it('may be held elsewhere where that is configured', async () => {
    const elsewhere = await startIssuer()
    const uri = `${elsewhere.origin}/cdn/1`
    const text = await issuer.listText({ 5: 1 }, { sub: uri })
    elsewhere.answers.set('/cdn/1', (_, response) => response.writeHead(200).end(text))
    const verifier = issuer.verifier({ listOrigins: [elsewhere.origin] })
    expect(await verifier.verify(await tokenAt(4, uri))).toBeDefined()
    expect((await refusal(verifier.verify(await tokenAt(5, uri)))).reason).toContain('revoked')
    await elsewhere.close()
  })
})

describe('a list', () => {
  it('that cannot be believed counts as none, and the reason says why', async () => {
    const now = issuer.clock.now()
    const bomb = { bits: 1, lst: deflateSync(Buffer.alloc(32 * 1024 * 1024)).toString('base64url') }
    const stranger = await freshKey('first')
    const texts: [string | Promise<string>, string][] = [
      [issuer.listText({}, {}, stranger), 'signature verification failed'],
      [issuer.listText({}, {}, { ...stranger, kid: 'other' }), 'no key that the issuer publishes'],
      [issuer.listText({}, { sub: `${issuer.issuer}/status-lists/2` }), 'it is the list'],
      [issuer.listText({}, { sub: undefined }), 'it is the list'],
      [issuer.listText({}, { iss: 'https://other.test' }), 'iss is'],
      [issuer.listText({}, { exp: now - 10 }), 'it has expired'],
      [issuer.listText({}, { iat: undefined }), 'iat'],
      [issuer.listText({}, { iat: now + 100 }), 'iat'],
      [issuer.listText({}, { ttl: 0 }), 'ttl'],
      [issuer.listText({}, { ttl: 'x' }), 'ttl'],
      [issuer.listText({}, { status_list: bomb }), 'it holds more than 4194304 entries'],
      [issuer.listText({}, { status_list: { bits: 1, lst: 'AAAA' } }), 'not a ZLIB stream'],
      [issuer.listText({}, {}, firstKey, { typ: 'JWT' }), 'typ is "JWT"'],
      [issuer.token(), 'typ is "at+jwt"'],
      ['<html>', 'not a JWT'],
      ['x'.repeat(8_000_000), 'more than'],
    ]
    for (const [text, why] of texts) {
      issuer.serveList(await text)
      const error = await refusal(issuer.verifier().verify(await tokenAt(1)))
      expect(summary(error), why).toBe('503 temporarily_unavailable')
      expect(error.reason).toContain(`status list ${issuer.listUri} cannot be had`)
      expect(error.reason).toContain(why)
    }
  })

  it('is no access token', async () => {
    const text = await issuer.listText()
    expect((await refusal(issuer.verifier().verify(text))).reason).toContain('not at+jwt')
  })

  it('tells of a revocation within its ttl and a second, whether many ask or none', async () => {
    for (const busy of [true, false]) {
      const verifier = issuer.verifier()
      await issuer.list()
      const [token, other] = [await tokenAt(7), await tokenAt(8)]
      await verifier.verify(token)
      await issuer.clock.pass(3)
      await issuer.list({ 7: 1 })
      if (busy) for (let i = 0; i < 31; i++) await Promise.all([verifier.verify(other), issuer.clock.pass(1)])
      else await issuer.clock.pass(31)
      expect((await refusal(verifier.verify(token))).reason).toContain('revoked')
      verifier.close()
    }
  })

  it('is awaited when the background has not come to it', async () => {
    // As in a process that was stopped and goes on: the clock has moved, the timers have not.
    const verifier = issuer.verifier({ later: () => () => {} })
    const token = await tokenAt(7)
    await verifier.verify(token)
    await issuer.list({ 7: 1 })
    await issuer.clock.pass(31)
    expect((await refusal(verifier.verify(token))).reason).toContain('revoked')
  })

  it('is confirmed by 304, but not past its own exp', async () => {
    const verifier = issuer.verifier()
    const token = await tokenAt(7)
    await issuer.list({}, { exp: issuer.clock.now() + 100 })
    await verifier.verify(token)
    await issuer.clock.pass(60)
    const asked = () =>
      issuer.requests.filter(({ url }) => url === list).map(({ headers }) => 'if-none-match' in headers)
    expect(asked().slice(0, 3)).toEqual([false, true, true])
    // It would not last another ttl now: it has to come whole.
    await issuer.clock.pass(25)
    expect(asked().at(-1)).toBe(false)
    await issuer.clock.pass(30)
    expect((await refusal(verifier.verify(token))).reason).toContain('cannot be had')
    await issuer.list()
    await issuer.clock.pass(11)
    expect(await verifier.verify(token)).toBeDefined()
  })

  it('that nobody asks for is let go after an hour', async () => {
    const verifier = issuer.verifier()
    await verifier.verify(await tokenAt(7))
    for (let i = 0; i < 5; i++) {
      await issuer.list({}, { ttl: 900, exp: issuer.clock.now() + 2000 })
      await issuer.clock.pass(900)
    }
    const asked = issuer.count(list)
    await issuer.clock.pass(3600)
    expect(issuer.count(list)).toBe(asked)
  })

  it('is one of a bounded number', async () => {
    const verifier = issuer.verifier({ maxLists: 2 })
    const uris = [1, 2, 3].map((n) => `${issuer.issuer}/lists/${n}`)
    for (const uri of uris) {
      const text = await issuer.listText({}, { sub: uri })
      issuer.answers.set(new URL(uri).pathname, (_, response) => response.writeHead(200).end(text))
    }
    for (const uri of [0, 1, 0, 2, 0, 1].map((n) => uris[n])) await verifier.verify(await tokenAt(1, uri))
    expect(uris.map((uri) => issuer.count(new URL(uri).pathname))).toEqual([1, 2, 1])
  })

  it('follows a redirect, for its signature says whose it is (8.2)', async () => {
    const text = await issuer.listText({ 7: 1 })
    issuer.answers.set('/moved', (_, response) => response.writeHead(200).end(text))
    issuer.answers.set(list, (_, response) => response.writeHead(302, { location: '/moved' }).end())
    expect((await refusal(issuer.verifier().verify(await tokenAt(7)))).reason).toContain('revoked')
  })
})

describe('while no list can be had', () => {
  const breakages = ['status 500', 'garbage'] as const

  it('until-exp: the last one serves until it expires, then nothing does', async () => {
    for (const how of breakages) {
      await issuer.list({ 8: 1 })
      const verifier = issuer.verifier()
      const [good, revoked] = [await tokenAt(7), await tokenAt(8)]
      await verifier.verify(good)
      issuer.breaks(list, how)
      await issuer.clock.pass(299)
      expect(await verifier.verify(good)).toBeDefined()
      expect(summary(await refusal(verifier.verify(revoked)))).toBe('401 invalid_token')
      await issuer.clock.pass(10)
      expect(summary(await refusal(verifier.verify(good)))).toBe('503 temporarily_unavailable')
      await issuer.list()
      await issuer.clock.pass(11)
      expect(await verifier.verify(good)).toBeDefined()
      verifier.close()
    }
  })

  it('until-exp: a slow issuer holds nobody up once it is known to be slow', async () => {
    const verifier = issuer.verifier()
    const token = await tokenAt(7)
    await verifier.verify(token)
    issuer.breaks(list, 'silence')
    await issuer.clock.pass(31)
    // Its requests of the background are under way or paused: no timer has to pass for this answer.
    expect(await verifier.verify(token)).toBeDefined()
  })

  it('refuse: a list is good for its ttl and not a second more', async () => {
    const verifier = issuer.verifier({ whenListUnavailable: 'refuse' })
    const token = await tokenAt(7)
    await verifier.verify(token)
    issuer.breaks(list, 'status 500')
    await issuer.clock.pass(29)
    expect(await verifier.verify(token)).toBeDefined()
    await issuer.clock.pass(2)
    const error = await refusal(verifier.verify(token))
    expect(summary(error)).toBe('503 temporarily_unavailable')
    expect(error.reason).toContain('status 500')
  })

  it('allow: only what is known to be revoked is refused', async () => {
    issuer.breaks(list, 'status 500')
    const verifier = issuer.verifier({ whenListUnavailable: 'allow' })
    const [good, revoked] = [await tokenAt(7), await tokenAt(8)]
    expect(await verifier.verify(revoked)).toBeDefined()
    await issuer.list({ 8: 1 })
    await issuer.clock.pass(11)
    expect(summary(await refusal(verifier.verify(revoked)))).toBe('401 invalid_token')
    issuer.breaks(list, 'status 500')
    await issuer.clock.pass(1000)
    expect(await verifier.verify(good)).toBeDefined()
    expect(summary(await refusal(verifier.verify(revoked)))).toBe('401 invalid_token')
  })

  it('a list is not good past its exp, however long its ttl', async () => {
    await issuer.list({}, { ttl: 1000, exp: issuer.clock.now() + 100 })
    const verifier = issuer.verifier()
    const token = await tokenAt(7)
    await verifier.verify(token)
    issuer.breaks(list, 'status 500')
    await issuer.clock.pass(106)
    expect(summary(await refusal(verifier.verify(token)))).toBe('503 temporarily_unavailable')
  })

  it('a list without exp promises nothing beyond its ttl', async () => {
    await issuer.list({}, { exp: undefined })
    const verifier = issuer.verifier()
    const token = await tokenAt(7)
    await verifier.verify(token)
    issuer.breaks(list, 'status 500')
    await issuer.clock.pass(31)
    expect(summary(await refusal(verifier.verify(token)))).toBe('503 temporarily_unavailable')
  })
})

describe('prefetching (9)', () => {
  const offer = (lists: unknown) => {
    issuer.json(issuer.paths.metadata, {
      issuer: issuer.issuer,
      jwks_uri: issuer.origin + issuer.paths.keys,
      status_list_aggregation_endpoint: `${issuer.issuer}/status-lists`,
    })
    issuer.json('/status-lists', { status_lists: lists })
  }

  it('fetches every list that may be held before a token asks', async () => {
    const elsewhere = await startIssuer()
    offer([elsewhere.listUri, issuer.listUri, 7])
    const verifier = issuer.verifier({ prefetchLists: true })
    await verifier.ready()
    expect([issuer.count(list), elsewhere.count(list)]).toEqual([1, 0])
    await elsewhere.close()
    await verifier.verify(await tokenAt(7))
    expect(issuer.count(list)).toBe(1)
  })

  it('says when there is nothing to fetch', async () => {
    await expect(issuer.verifier({ prefetchLists: true }).ready()).rejects.toThrow(
      'status_list_aggregation_endpoint',
    )
    offer('x')
    await expect(issuer.verifier({ prefetchLists: true }).ready()).rejects.toThrow('status_lists')
  })
})
