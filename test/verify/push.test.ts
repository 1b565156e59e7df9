// grantor/verify hears of revocations on a stream, and believes it no more than it has to.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pushedChanges } from '../../src/verify/changes.js'
import { eventReader } from '../../src/verify/event-stream.js'
import type { Verifier } from '../../src/verify/index.js'
import { freshKey, type Issuer, refusal, startIssuer } from '../support/issuer.js'

describe('reading events', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)

  it('takes them in any pieces, with any line ends', () => {
    const text =
      ': hello\nid: 1\nevent: change\ndata: a\ndata:b\n\nretry: 5\r\ndata: ü\r\n\r\nid: 2\r\rdata\n\ndata: x'
    const expected = [
      { event: 'change', data: 'a\nb', id: '1' },
      { event: 'message', data: 'ü', id: '1' },
      { event: 'message', data: '', id: '2' },
    ]
    const whole = bytes(text)
    for (const size of [1, 2, 3, 7, whole.length]) {
      const read = eventReader(100)
      const events = []
      for (let at = 0; at < whole.length; at += size) events.push(...read(whole.subarray(at, at + size)))
      expect(events, String(size)).toEqual(expected)
    }
  })

  it('refuses to hold more than it was told', () => {
    for (const text of [
      'x'.repeat(101),
      `data: ${'x'.repeat(100)}\n`,
      'data: xxxxxxxxxx\n'.repeat(10),
      ': c\n'.repeat(60),
    ]) {
      const read = eventReader(100)
      expect(() => read(bytes(text)), text.slice(0, 10)).toThrow('more than 100')
    }
    const read = eventReader(100)
    for (let i = 0; i < 100; i++) expect(read(bytes(': keep-alive\n\n'))).toEqual([])
  })
})

describe('changes', () => {
  it('lie over the list until it is newer by more than the overlap', () => {
    const changes = pushedChanges(() => {})
    changes.add({ at: 100, invalid: [1, 2] }, 90)
    changes.add({ at: 101, invalid: [2] }, 90)
    changes.add({ at: 99, invalid: [2] }, 90)
    changes.add({ at: 84, invalid: [3] }, 90)
    expect([1, 2, 3].map(changes.isInvalid)).toEqual([true, true, false])
    changes.settle(105)
    expect([1, 2].map(changes.isInvalid)).toEqual([true, true])
    changes.settle(106)
    expect([1, 2].map(changes.isInvalid)).toEqual([false, true])
  })

  it('are bounded: beyond that the list is asked for', () => {
    const onTooMany = vi.fn()
    const changes = pushedChanges(onTooMany)
    const most = Array.from({ length: 65_536 }, (_, i) => i)
    changes.add({ at: 1, invalid: most }, 0)
    expect(onTooMany).not.toHaveBeenCalled()
    changes.add({ at: 2, invalid: [65_536] }, 0)
    expect(onTooMany).toHaveBeenCalledOnce()
    expect([changes.isInvalid(0), changes.isInvalid(65_536)]).toEqual([false, true])
  })
})

describe('a stream', () => {
  let issuer: Issuer
  let verifier: Verifier
  let faults: string[]
  const events = '/status-lists/1/events'
  beforeEach(async () => {
    issuer = await startIssuer()
    faults = []
  })
  afterEach(() => issuer.close())

  const change = (id: number, parts: object) =>
    `event: change\nid: ${id}\ndata: ${JSON.stringify({ at: issuer.clock.now(), invalid: [], ...parts })}\n\n`
  const listEvent = (text: string, id = 0) => `event: list\nid: ${id}\ndata: ${text}\n\n`
  const tokenAt = (idx: number) => issuer.token({ ...issuer.status(idx), exp: issuer.clock.now() + 100_000 })
  const start = async (greeting = '', credentials = { clientId: 'c_api', clientSecret: 's3cret' }) => {
    issuer.serveEvents(() => greeting)
    const before = asked().length
    verifier = issuer.verifier({ push: credentials, onFault: (reason) => faults.push(reason) })
    const token = await tokenAt(7)
    await verifier.verify(token)
    await vi.waitFor(() => expect(asked().length).toBeGreaterThan(before))
    return token
  }
  const revoked = (token: string) =>
    vi.waitFor(async () => expect((await refusal(verifier.verify(token))).reason).toContain('revoked'))
  const asked = () => issuer.requests.filter(({ url }) => url === events)

  it('tells at once, without a request', async () => {
    const token = await start()
    issuer.send(change(1, { invalid: [7, 9] }))
    await revoked(token)
    await revoked(await tokenAt(9))
    expect(issuer.count('/status-lists/1')).toBe(1)
    expect(faults).toEqual([])
  })

  it('is asked for with HTTP Basic, each part form-urlencoded (RFC 6749 2.3.1)', async () => {
    await start('', { clientId: 'c:api+1', clientSecret: 'ä b%' })
    const [request] = asked()
    expect(request?.headers.accept).toBe('text/event-stream')
    const [scheme, value = ''] = request?.headers.authorization?.split(' ') ?? []
    expect(scheme).toBe('Basic')
    expect(Buffer.from(value, 'base64').toString()).toBe('c%3Aapi%2B1:%C3%A4+b%25')
  })

  it('may begin with the list, which is proven like one that was fetched', async () => {
    const token = await start(listEvent(await issuer.listText({ 7: 1 })))
    await revoked(token)
  })

  it('is broken off when what it says cannot be believed', async () => {
    const text = await issuer.listText({ 7: 1 }, {}, await freshKey('first'))
    const bad = [
      listEvent(text),
      listEvent(await issuer.listText({ 7: 1 }, { sub: 'https://other.test' })),
      'event: change\ndata: {\n\n',
      'event: change\ndata: []\n\n',
      change(1, { at: 'now', invalid: [7] }),
      change(1, { invalid: [7, -1] }),
      change(1, { invalid: '7' }),
      `data: ${'x'.repeat(8_000_000)}`,
    ]
    for (const what of bad) {
      faults = []
      const token = await start(what)
      await vi.waitFor(() => expect(faults).toHaveLength(1), { timeout: 5000 })
      expect(faults[0]).toContain(`events of ${issuer.listUri}: `)
      expect(await verifier.verify(token)).toBeDefined()
      verifier.close()
      await vi.waitFor(() => expect(issuer.streams.size).toBe(0))
    }
  })

  it('is not undone by a list that is a little older', async () => {
    const token = await start()
    const older = await issuer.listText({}, { iat: issuer.clock.now() + 2, exp: issuer.clock.now() + 9999 })
    await issuer.clock.pass(4)
    issuer.send(change(1, { invalid: [7] }))
    await revoked(token)
    issuer.serveList(older)
    issuer.send(listEvent(older))
    await issuer.clock.pass(40)
    expect(issuer.count('/status-lists/1')).toBeGreaterThan(1)
    await revoked(token)
    // A list that is newer than the change has the last word.
    await issuer.list({})
    await issuer.clock.pass(31)
    expect(await verifier.verify(token)).toBeDefined()
  })

  it('takes back what a newer list on it no longer says', async () => {
    const token = await start()
    issuer.send(change(1, { invalid: [7] }))
    await revoked(token)
    await issuer.clock.pass(10)
    issuer.send(listEvent(await issuer.listText({})))
    await vi.waitFor(() => verifier.verify(token))
    expect(issuer.count('/status-lists/1')).toBe(1)
  })

  it('is not set back by a list on it that is older than the one held', async () => {
    const old = await issuer.listText({})
    await issuer.clock.pass(10)
    await issuer.list({ 8: 1 })
    await start()
    issuer.send(listEvent(old))
    issuer.send(change(1, { invalid: [9] }))
    await revoked(await tokenAt(9))
    await revoked(await tokenAt(8))
  })

  it('is not set back by a list that was asked for before it spoke', async () => {
    const old = await issuer.listText({})
    await start()
    issuer.answers.set('/status-lists/1', (_, response) => {
      response.writeHead(200)
      setTimeout(() => response.end(old), 200)
    })
    const waiting = issuer.clock.pass(25)
    await vi.waitFor(() => expect(issuer.count('/status-lists/1')).toBe(2))
    issuer.send(listEvent(await issuer.listText({ 7: 1 })))
    const token = await tokenAt(7)
    await revoked(token)
    await waiting
    await new Promise((resolve) => setTimeout(resolve, 250))
    await revoked(token)
  })

  it('is resumed from the last event, after a pause', async () => {
    const token = await start()
    issuer.send(change(41, { invalid: [1] }))
    issuer.send(change(42, { invalid: [2] }))
    await revoked(await tokenAt(2))
    issuer.serveEvents(({ headers }) =>
      headers['last-event-id'] === '42' ? change(43, { invalid: [7] }) : '',
    )
    for (const stream of issuer.streams) stream.end()
    await vi.waitFor(() => expect(faults).toEqual([expect.stringContaining('it ended')]))
    expect(asked()).toHaveLength(1)
    await issuer.clock.pass(1)
    await revoked(token)
  })

  it('is dead after 45 s of silence, and alive with a comment every 15 s', async () => {
    await start()
    for (let i = 0; i < 6; i++) {
      await issuer.clock.pass(15)
      issuer.send(': keep-alive\n\n')
      await issuer.clock.pass(0)
    }
    await issuer.clock.pass(30)
    expect(faults).toEqual([])
    await issuer.clock.pass(16)
    expect(faults).toEqual([expect.stringContaining('nothing for 45 s')])
    await vi.waitFor(() => expect(asked().length).toBe(2))
  })

  it('that is refused is tried again ever more slowly, while polling goes on', async () => {
    issuer.answers.set(events, (_, response) => response.writeHead(401).end())
    verifier = issuer.verifier({
      push: { clientId: 'c', clientSecret: 's' },
      onFault: (reason) => faults.push(reason),
    })
    const token = await tokenAt(7)
    await verifier.verify(token)
    for (let i = 0; i < 20; i++) {
      await issuer.list(i > 10 ? { 7: 1 } : {})
      await issuer.clock.pass(30)
    }
    expect(faults[0]).toContain('status 401')
    expect(asked().length).toBeLessThan(25)
    await revoked(token)
  })

  it('that has lasted is taken up again at once, however often', async () => {
    await start()
    for (let i = 2; i < 6; i++) {
      for (let quiet = 0; quiet < 50; quiet += 10) {
        await issuer.clock.pass(10)
        issuer.send(': keep-alive\n\n')
        await issuer.clock.pass(0)
      }
      for (const stream of issuer.streams) stream.end()
      await vi.waitFor(() => expect(faults).toHaveLength(i - 1))
      await issuer.clock.pass(1)
      await vi.waitFor(() => expect(asked()).toHaveLength(i))
      await vi.waitFor(() => expect(issuer.streams.size).toBe(1))
    }
  })

  it('ends with the verifier, and with a list that nobody uses', async () => {
    await start()
    verifier.close()
    await vi.waitFor(() => expect(issuer.streams.size).toBe(0))
    expect(issuer.clock.waiting()).toBe(0)
    await issuer.clock.pass(100)
    expect(asked()).toHaveLength(1)
  })

  it('PC14: is opened at the origin of the issuer and nowhere else: no list gets the secret', async () => {
    const elsewhere = await startIssuer()
    await elsewhere.list({}, { iss: issuer.issuer })
    for (const one of [issuer, elsewhere]) one.serveEvents(() => '')
    const told: string[] = []
    const push = { clientId: 'api', clientSecret: 'secret' }
    const listOrigins = [elsewhere.origin]
    const both = issuer.verifier({ push, listOrigins, onFault: (reason) => told.push(reason) })
    await both.verify(await issuer.token(issuer.status(1, elsewhere.listUri)))
    await both.verify(await issuer.token(issuer.status(1)))
    await expect.poll(() => issuer.count(events)).toBe(1)
    expect(elsewhere.count(events)).toBe(0)
    expect(elsewhere.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
    expect(told).toEqual([
      `events of ${elsewhere.listUri}: not at the origin of ${issuer.issuer}, so the secret is not sent there; the list is polled`,
    ])
    await elsewhere.close()
  })
})
