// Requests to addresses that others have chosen (docs/threats.md SS01 to SS05): none leaves for where it must not.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createGuardedFetch, type FetchOptions, type GuardOptions } from '../../src/outbound/guarded-fetch.js'
import { systemLookup } from '../../src/outbound/lookup.js'
import { byAdministrator, fetchPurposes, type Requester } from '../../src/protocol/requester.js'
import { selfSigned } from '../support/certificate.js'
import { type Answer, pour, startTarget, status } from '../support/logout-target.js'
import { closedAfterEach } from '../support/opened.js'

const keep = closedAfterEach()

const limits: FetchOptions = { purpose: 'keys', requester: byAdministrator, timeout: 1000, maxBytes: 1000 }
const lookup = systemLookup({ readFile: async () => '' })
const fetchBy = (options: Partial<GuardOptions> = {}) =>
  createGuardedFetch({ allow: [], loopback: false, lookup, now: () => 0, ...options })
const to = (...addresses: string[]) => fetchBy({ lookup: async () => addresses })
const local = fetchBy({ loopback: true })

/** What no stranger may make us talk to; every spelling that a URL can have. */
const internal = [
  '127.0.0.1',
  '127.8.8.8',
  '0x7f.1',
  '2130706433',
  '0177.0.0.1',
  '127.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '192.0.0.192',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::ffff:7f00:1]',
  '[::ffff:10.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::a00:1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[2001:db8::1]',
  '[100::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
]

describe('SS01: an address that is not public', () => {
  it.each(internal)('%s is refused, written out', async (host) => {
    for (const scheme of ['https', 'http']) {
      const asked = fetchBy({ lookup: async () => Promise.reject(new Error('a name was asked for')) })
      expect(await asked(`${scheme}://${host}/`, limits)).toMatchObject({ refused: 'forbidden_address' })
    }
  })

  it.each(internal)('%s is refused behind a name', async (host) => {
    const address = new URL(`https://${host}`).hostname.replace(/[[\]]/g, '')
    expect(await to(address)('https://app.localhost/', limits)).toMatchObject({
      refused: 'forbidden_address',
    })
  })

  it('localhost by any name gets no packet', async () => {
    const target = keep(await startTarget())
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.0.0.1.']) {
      const answer = await fetchBy()(`http://${host}:${target.port}/`, limits)
      expect(answer, host).toMatchObject({ refused: 'forbidden_address' })
    }
    // Not every system knows this spelling.
    const dotted = await to('127.0.0.1')(`http://localhost.:${target.port}/`, limits)
    expect(dotted).toMatchObject({ refused: 'forbidden_address' })
    expect(target.state.connections).toBe(0)
  })

  it.each(['1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1'])(
    '%s is public: it is only plain http that is refused there',
    async (address) => {
      expect(await to(address)('http://app.localhost/', limits)).toMatchObject({ refused: 'bad_url' })
    },
  )
})

describe('what is exempt', () => {
  it.each([
    ['by its name', ['APP.localhost']],
    ['by its address', ['127.0.0.1']],
    ['by a range', ['10.0.0.0/8', '127.0.0.0/8']],
    ['by a range of the other spelling', ['::ffff:127.0.0.1']],
  ])('%s is reached', async (_how, allow) => {
    const target = keep(await startTarget(status(204)))
    const fetch = fetchBy({ allow, lookup: async () => ['127.0.0.1'] })
    expect(await fetch(`http://app.localhost:${target.port}/x`, limits)).toMatchObject({ status: 204 })
  })

  it.each([['other.localhost'], ['localhost'], ['127.0.0.2'], ['10.0.0.0/8'], ['::/0']])(
    'does not include what only resembles %s',
    async (...allow) => {
      const target = keep(await startTarget())
      const fetch = fetchBy({ allow, lookup: async () => ['127.0.0.1'] })
      const answer = await fetch(`http://app.localhost:${target.port}/`, limits)
      expect(answer).toMatchObject({ refused: 'forbidden_address' })
      expect(target.state.connections).toBe(0)
    },
  )

  it('is this computer in development, and nothing else of the network', async () => {
    const target = keep(await startTarget())
    expect(await local(target.url, limits)).toMatchObject({ status: 200 })
    expect(await local('https://10.0.0.1/', limits)).toMatchObject({ refused: 'forbidden_address' })
    expect(await local('https://169.254.169.254/', limits)).toMatchObject({ refused: 'forbidden_address' })
  })

  it('still needs TLS, except on this computer', async () => {
    const fetch = fetchBy({ allow: ['10.0.0.1'] })
    expect(await fetch('http://10.0.0.1/', limits)).toMatchObject({ refused: 'bad_url' })
  })

  it.each([[['127.0.0.1', '10.0.0.1']], [['10.0.0.1', '127.0.0.1']]])(
    'needs TLS for a name of which only some addresses are this computer: %j',
    async (addresses) => {
      const target = keep(await startTarget())
      const fetch = fetchBy({ allow: ['10.0.0.1'], loopback: true, lookup: async () => addresses })
      expect(await fetch(`http://app.localhost:${target.port}/`, limits)).toMatchObject({
        refused: 'bad_url',
      })
      expect(target.state.connections).toBe(0)
    },
  )
})

describe('PO02: what is exempt for one purpose', () => {
  const selfRegistered: Requester = { chosenBy: 'self-registered', countedBy: '192.0.2.1' }
  const requesters = { registered: byAdministrator, 'self-registered': selfRegistered }

  /** For which purposes of whom these entries let a request through. */
  async function opened(allow: string[]): Promise<string[]> {
    const target = keep(await startTarget(status(204)))
    const fetch = fetchBy({ allow, lookup: async () => ['127.0.0.1'] })
    const open: string[] = []
    for (const [whose, requester] of Object.entries(requesters)) {
      for (const purpose of fetchPurposes) {
        const url = `http://app.internal:${target.port}/`
        const answer = await fetch(url, { ...limits, purpose, requester })
        if ('status' in answer) open.push(`${purpose} ${whose}`)
      }
    }
    return open
  }

  it.each<[string[], string[]]>([
    [[], []],
    [['app.internal'], ['logout registered', 'keys registered']],
    [['127.0.0.0/8'], ['logout registered', 'keys registered']],
    [['logout=app.internal'], ['logout registered', 'logout self-registered']],
    [['keys=127.0.0.1'], ['keys registered', 'keys self-registered']],
    [['documents = APP.internal'], ['documents registered', 'documents self-registered']],
    [
      ['logout=other.internal', 'keys=app.internal', '10.0.0.0/8'],
      ['keys registered', 'keys self-registered'],
    ],
  ])('PO02: %j lets through %j', async (allow, expected) => {
    expect(await opened(allow)).toEqual(expected)
  })
})

it.each([
  'ftp://1.1.1.1/',
  'file:///etc/passwd',
  'data:,x',
  'x',
  '',
  'https://me@1.1.1.1/',
  'https://:p@1.1.1.1/',
])('SS01: %j is no address to fetch', async (url) => {
  expect(await local(url, limits)).toMatchObject({ refused: 'bad_url', why: expect.any(String) })
})

describe('SS02: a name', () => {
  it.each([
    ['first', ['10.0.0.1', '127.0.0.1']],
    ['last', ['127.0.0.1', '10.0.0.1']],
    ['in the middle', ['::1', 'fe80::1', '127.0.0.1']],
  ])('with one forbidden address, %s, is refused whole', async (_where, addresses) => {
    const target = keep(await startTarget())
    const fetch = fetchBy({ loopback: true, lookup: async () => addresses })
    const answer = await fetch(`http://app.localhost:${target.port}/`, limits)
    expect(answer).toMatchObject({ refused: 'forbidden_address' })
    expect(target.state.connections).toBe(0)
  })

  it('is asked for once, and what was checked is what is connected to', async () => {
    const target = keep(await startTarget(status(204)))
    const asked: string[] = []
    const lookup = async (host: string) => (asked.push(host) === 1 ? ['127.0.0.1'] : ['127.0.0.2'])
    const fetch = fetchBy({ allow: ['127.0.0.1'], lookup })
    const url = `http://rebind.localhost:${target.port}/`
    expect(await fetch(url, limits)).toMatchObject({ status: 204 })
    expect(asked).toEqual(['rebind.localhost'])
    // Nothing is kept for the next time.
    expect(await fetch(url, limits)).toMatchObject({ refused: 'forbidden_address' })
  })

  it.each<[string, () => Promise<string[]>, object]>([
    ['that has no address', async () => [], { refused: 'unreachable' }],
    [
      'that nobody knows',
      async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
      { refused: 'unreachable', why: 'the name has no address: ENOTFOUND' },
    ],
    [
      'whose server is silent',
      () => new Promise(() => {}),
      { refused: 'timeout', why: 'no answer within 1000 ms' },
    ],
  ])('%s is a refusal', async (_name, lookup, expected) => {
    expect(await fetchBy({ lookup })('https://app.test/', limits)).toMatchObject(expected)
  })
})

it('SS03: a redirect is an answer, and not followed', async () => {
  const inner = keep(await startTarget())
  const target = keep(await startTarget(status(302, { Location: inner.url })))
  expect(await local(target.url, limits)).toMatchObject({ status: 302, headers: { location: inner.url } })
  expect(inner.state.connections).toBe(0)
})

describe('SS04: an answer', () => {
  const body =
    (text: string | Buffer, headers: Record<string, string> = {}): Answer =>
    (response) =>
      void response.writeHead(200, headers).end(text)

  it('is handed over whole, with its headers', async () => {
    const target = keep(await startTarget(body('{"keys":[]}', { 'Content-Type': 'application/json' })))
    const answer = await local(target.url, {
      ...limits,
      method: 'GET',
      headers: { accept: 'application/json' },
    })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
    expect('bytes' in answer && answer.bytes.toString()).toBe('{"keys":[]}')
  })

  it.each<[string, Answer, string]>([
    ['of exactly as much as is allowed', body('x'.repeat(1000)), 'status'],
    ['of one byte more', body('x'.repeat(1001)), 'too_large'],
    ['of megabytes', body('x'.repeat(5_000_000)), 'too_large'],
    ['in pieces without end', pour(), 'too_large'],
    ['packed', body(gzipSync('x'), { 'Content-Encoding': 'gzip' }), 'encoded'],
    [
      'packed a thousand times',
      body('x', { 'Content-Encoding': Array(1000).fill('gzip').join() }),
      'encoded',
    ],
    [
      'that stops in the middle',
      (response) => void response.writeHead(200, { 'Content-Length': '9' }).write('x'),
      'timeout',
    ],
    [
      'cut off',
      (response) => {
        response.writeHead(200, { 'Content-Length': '9' }).write('x', () => response.destroy())
      },
      'unreachable',
    ],
    ['that never begins', () => {}, 'timeout'],
  ])('%s', async (_name, answer, expected) => {
    const target = keep(await startTarget(answer))
    const got = await local(target.url, limits)
    expect('refused' in got ? got.refused : 'status').toBe(expected)
  })

  it('leaves no connection behind, whatever it was', async () => {
    for (const [maxBytes, length] of [
      [0, 100],
      [10, 100],
      [10, 1],
    ] as const) {
      const held = new Set<unknown>()
      const server = createServer((socket) => {
        held.add(socket)
        socket.on('error', () => {}).on('close', () => held.delete(socket))
        socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\nx`))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      await local(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
        ...limits,
        timeout: 200,
        maxBytes,
      })
      await expect.poll(() => held.size).toBe(0)
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

it('SS04: a handshake that never ends is cut', async () => {
  const held: Socket[] = []
  const server = createServer((socket) => void held.push(socket.on('error', () => {}).resume()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const began = performance.now()
  const answer = await local(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`, limits)
  expect(answer).toMatchObject({ refused: 'timeout' })
  expect(performance.now() - began).toBeLessThan(5000)
  await expect.poll(() => held.every(({ closed }) => closed), { timeout: 5000 }).toBe(true)
  await new Promise((resolve) => server.close(resolve))
})

it('a certificate that nobody vouches for is refused', async () => {
  const target = keep(await startTarget(status(200), { tls: selfSigned('localhost') }))
  expect(await local(target.url, limits)).toEqual({
    refused: 'unreachable',
    why: 'the connection failed: DEPTH_ZERO_SELF_SIGNED_CERT',
  })
  expect(target.received).toEqual([])
})
