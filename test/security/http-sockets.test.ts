// The security catalogue, group HT, at the socket: framing, sizes, slow peers, forged heads, over real connections.
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { patience } from '../../src/listen.js'
import { selfSigned } from '../support/certificate.js'
import { authorizeUrl } from '../support/flow.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { type Heard, type Listening, startListening, wire } from '../support/socket.js'
import { temporaryFolder } from '../support/stores.js'

let server: TestServer
let service: Registered
let listening: Listening
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  service = await server.addClient('service')
  await server.addResource('https://api.test', ['read'], { isDefault: true })
  listening = await startListening(server)
})
beforeEach(() => server.log.splice(0))
// Whatever a peer does, it is no failure of ours, and others are served.
afterEach(async () => {
  const alarms = server.log.filter((line) => JSON.parse(line).level >= 50)
  expect(alarms).toEqual([])
  const { statuses } = await listening.say(wire('GET /health/ready'))
  expect(statuses).toEqual([200])
  expect(Object.keys(Object.prototype)).toEqual([])
})
afterAll(async () => {
  await listening.close()
  await server.close()
})

const form = 'Content-Type: application/x-www-form-urlencoded'
const basic = () =>
  `Authorization: Basic ${Buffer.from(`${service.client.id}:${service.secret}`).toString('base64')}`
const good = 'grant_type=client_credentials&scope=read'
const length = (body: string) => `Content-Length: ${body.length}`
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const chunked = 'Transfer-Encoding: chunked'
const tokens = ({ text }: Heard) => text.includes('access_token')

describe('a body', () => {
  it('HT01 that fits is read, whole or in chunks', async () => {
    const whole = await listening.say(wire('POST /token', [form, basic(), length(good)], good))
    const pieces = chunk(good.slice(0, 7)) + chunk(good.slice(7)) + chunk('')
    const inPieces = await listening.say(wire('POST /token', [form, basic(), chunked], pieces))
    for (const heard of [whole, inPieces]) expect([heard.statuses, tokens(heard)]).toEqual([[200], true])
  })

  const padded = `${good}&pad=${'a'.repeat(65_536)}`
  it.each<[string, number, () => string]>([
    ['by its length, before a byte of it', 413, () => wire('POST /token', [form, basic(), length(padded)])],
    ['in truth', 413, () => wire('POST /token', [form, basic(), length(padded)], padded)],
    ['in one chunk', 413, () => wire('POST /token', [form, basic(), chunked], chunk(padded) + chunk(''))],
    [
      'in a thousand chunks',
      413,
      () => wire('POST /token', [form, basic(), chunked], chunk('a'.repeat(100)).repeat(1000) + chunk('')),
    ],
    ['in chunks without an end', 413, () => wire('POST /token', [form, basic(), chunked], chunk(padded))],
    [
      'by a length that no number holds',
      400,
      () => wire('POST /token', [form, `Content-Length: ${'9'.repeat(30)}`]),
    ],
    ['by a negative length', 400, () => wire('POST /token', [form, 'Content-Length: -1'])],
    [
      'with a length and chunks',
      400,
      () => wire('POST /token', [form, basic(), length(good), chunked], chunk(padded) + chunk('')),
    ],
    [
      'in the extension of a chunk',
      413,
      () => wire('POST /token', [form, basic(), chunked], `1;${'x'.repeat(70_000)}\r\na\r\n${chunk('')}`),
    ],
    ['at a page', 413, () => wire('POST /authorize', [form, chunked], chunk(padded) + chunk(''))],
  ])('HT01 over the limit %s: %i', async (_, status, words) => {
    const heard = await listening.say(words())
    expect([heard.statuses, tokens(heard)]).toEqual([[status], false])
    expect(heard.closedAfter).toBeDefined()
  })

  it('HT01 longer than it says gives its rest to no one', async () => {
    const body = good.slice(0, -1)
    const heard = await listening.say(
      wire(
        'POST /token',
        [form, basic(), length(body)],
        `${good}GET /jwks HTTP/1.1\r\nHost: as.test\r\n\r\n`,
      ),
    )
    expect(heard.statuses[0]).toBe(400)
    expect(heard.text).not.toContain('"kty"')
    expect(heard.closedAfter).toBeDefined()
  })

  it.each([
    [
      'shorter than it says',
      () => wire('POST /token', [form, basic(), `Content-Length: ${good.length + 1}`], good),
    ],
    ['without its last chunk', () => wire('POST /token', [form, basic(), chunked], chunk(good))],
    ['broken off in a chunk', () => wire('POST /token', [form, basic(), chunked], `ff\r\n${good}`)],
  ])('HT01 %s is answered 400 and redeems nothing', async (_, words) => {
    const heard = await listening.say(words(), { thenEnd: true })
    expect([heard.statuses, tokens(heard)]).toEqual([[400], false])
    expect(server.log.join('')).toContain('did not arrive whole')
  })

  it('HT02 of bytes that are not UTF-8 is 400', async () => {
    for (const bytes of ['\xff', '\xc3', '\xed\xa0\x80', '\xf5\x80\x80\x80', '\xc0\xaf']) {
      const body = `${good}&x=${bytes}`
      const words = Buffer.from(wire('POST /token', [form, basic(), length(body)], body), 'latin1')
      expect((await listening.say(words)).statuses).toEqual([400])
    }
  })
})

describe('a head', () => {
  it.each<[string, number, () => string]>([
    ['with 20 kB of headers', 431, () => wire('GET /jwks', [`X-Long: ${'a'.repeat(20_000)}`])],
    ['with 20 kB in small headers', 431, () => wire('GET /jwks', Array(2000).fill('X-Abc: def'))],
    ['with a hundred and one headers', 431, () => wire('GET /jwks', Array(99).fill('X: y'))],
    ['with a hundred headers', 200, () => wire('GET /jwks', Array(98).fill('X: y'))],
    ['with 20 kB of cookies', 431, () => wire('GET /account', [`Cookie: ${'a=b; '.repeat(4000)}`])],
    ['with a target of 9 kB', 414, () => wire(`GET /jwks?${'a'.repeat(9000)}`)],
    ['with a path of 9 kB', 414, () => wire(`GET /${'a'.repeat(9000)}`)],
    ['with a target of 20 kB', 431, () => wire(`GET /jwks?${'a'.repeat(20_000)}`)],
    ['with two thousand parameters', 400, () => wire(`GET /authorize?${'a=b&'.repeat(2000)}`)],
    ['with ten thousand parameters', 431, () => wire(`GET /authorize?${'a=b&'.repeat(10_000)}`)],
    ['with bad percent-encoding', 400, () => wire('GET /authorize?client_id=%zz')],
    ['with half a percent-encoding', 400, () => wire('GET /authorize?client_id=%4')],
    ['with bytes that are not UTF-8', 400, () => wire('GET /authorize?client_id=%ff%fe')],
    ['with a surrogate', 400, () => wire('GET /authorize?client_id=%ed%a0%80')],
    ['with an overlong encoding', 400, () => wire('GET /authorize?client_id=%c0%af')],
    ['with NUL in a parameter', 400, () => wire('GET /authorize?client_id=%00')],
    ['with raw bytes in its target', 400, () => wire('GET /authorize?client_id=\xff')],
    ['with bad encoding in its path', 404, () => wire('GET /%zz%ff')],
    [
      'with ten thousand parameters in its body',
      400,
      () => {
        const body = 'a=b&'.repeat(10_000)
        return wire('POST /token', [form, length(body)], body)
      },
    ],
  ])('HT02 %s: %i', async (_, status, words) => {
    const heard = await listening.say(Buffer.from(words(), 'latin1'))
    expect(heard.statuses).toEqual([status])
    expect(heard.closedAfter).toBeDefined()
  })

  it.each([
    ['a space', 'a b'],
    ['markup', '"><i id=x>'],
    ['a path', 'as.test/x'],
    ['a query', 'as.test?x'],
    ['a user', 'good@evil.test'],
    ['nothing', ''],
    ['a port that is none', 'as.test:99999'],
    ['half an address', '[::1'],
  ])('HT12 with %s for its Host is 400, with all the usual headers', async (_, host) => {
    const { statuses, text, closedAfter } = await listening.say(
      `GET /health/live HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    )
    expect(statuses).toEqual([400])
    expect(closedAfter).toBeDefined()
    for (const header of [
      'x-content-type-options: nosniff',
      'x-frame-options: DENY',
      'cache-control: no-store',
    ])
      expect(text).toContain(header)
    expect(text).not.toContain('<i')
  })

  it.each(['GET http://[/x', 'GET /\\evil.test', 'OPTIONS *', 'GET //\\evil'])(
    'HT12 that asks for nothing that is an address, %s, is refused',
    async (target) => {
      const { statuses, text } = await listening.say(wire(target))
      expect([[400], [404]]).toContainEqual(statuses)
      expect(text).not.toMatch(/^location:/im)
      expect(text).toMatch(/x-content-type-options: nosniff/i)
    },
  )

  it('HT05 with a forged Host changes no address, no cookie and no issuer', async () => {
    const web = await server.addClient('web')
    const forged = [
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-Proto: http',
      'X-Forwarded-Port: 81',
      'X-Forwarded-Prefix: /evil',
      'X-Original-URL: /evil',
      'X-Rewrite-URL: /evil',
      'Forwarded: host=evil.test;proto=http',
    ]
    const request = (target: string, more: string[] = [], host = 'evil.test') =>
      listening.say(wire(`GET ${target}`, [...forged, ...more]).replace('Host: as.test', `Host: ${host}`))
    const bodyOf = ({ text }: Heard) => text.slice(text.indexOf('\r\n\r\n'))

    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
      const honest = await listening.say(wire(`GET ${path}`))
      expect(bodyOf(await request(path))).toBe(bodyOf(honest))
      expect(bodyOf(await request(`http://evil.test${path}`))).toBe(bodyOf(honest))
    }
    const { search } = new URL(authorizeUrl(server, web).url)
    for (const host of ['evil.test', 'evil.test:9000', 'localhost', '127.0.0.1']) {
      const begun = await request(`/authorize${search}`, [], host)
      const [, location = ''] = /^location: (.*)\r$/m.exec(begun.text) ?? []
      expect(location).toMatch(/^\/authorize\/\w{16}$/)
      expect(begun.text).toMatch(/^set-cookie: __Host-grantor_browser=[\w-]{43}; .*; Secure\r$/m)
      expect(begun.text).not.toMatch(/domain=/i)
      const [, cookie = ''] = /^set-cookie: ([^;]*)/m.exec(begun.text) ?? []
      const login = `/login/${location.slice(-16)}`
      const page = await request(login, [`Cookie: ${cookie}`], host)
      expect(page.statuses).toEqual([200])
      expect(page.text).not.toContain('evil.test')
      expect(page.text).not.toMatch(/(href|action)="(?!\/|#|data:)/)
    }
    const { text } = await request('/authorize?client_id=nobody')
    expect(text).not.toContain('evil.test')
    const answer = await request(
      `/authorize?${new URLSearchParams({ client_id: web.client.id, redirect_uri: 'https://app.test/cb' })}`,
    )
    expect(answer.text).toMatch(/^location: https:\/\/app\.test\/cb\?error=.*iss=https%3A%2F%2Fas\.test\r$/m)
  })

  it('HT05 with a forged Host gives a token of the configured issuer', async () => {
    const heard = await listening.say(
      wire('POST /token', [form, basic(), length(good), 'X-Forwarded-Host: evil.test'], good).replace(
        'Host: as.test',
        'Host: evil.test',
      ),
    )
    const [, token = ''] = /"access_token":"([^"]+)"/.exec(heard.text) ?? []
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ iss: 'https://as.test', aud: 'https://api.test' })
  })

  it('HT06 with headers named like what every object has is read as any other', async () => {
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__']
    const hostile = names.flatMap((name) => [`${name}: x`, `${name}: {"polluted":true}`])
    for (const path of ['/health/live', '/jwks', '/account', '/authorize', '/userinfo', '/end-session']) {
      const plain = await listening.say(wire(`GET ${path}`))
      const heard = await listening.say(
        wire(`GET ${path}`, [...hostile, 'Cookie: __proto__=1; constructor=2']),
      )
      expect(heard.statuses, path).toEqual(plain.statuses)
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('a file', () => {
  it.each([
    '/assets/../package.json',
    '/assets/..%2fpackage.json',
    '/assets/..%2f..%2f..%2fetc/passwd',
    '/assets/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets/..\\package.json',
    '/assets/....//package.json',
    '/assets//etc/passwd',
    '/assets/%00',
    '/assets/style.css%00.html',
    '/assets/',
    '/assets',
    '/assets/.env',
    '/.env',
    '/.git/config',
    '/package.json',
    '/keys/master.key',
    '/data/grantor.db',
    '/src/main.ts',
    '/dist/main.js',
    '//etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/favicon.ico',
    '/robots.txt',
    '/index.html',
  ])('HT09 is not to be had: %s', async (path) => {
    const { statuses, text } = await listening.say(wire(`GET ${path}`))
    expect([[404], [400]]).toContainEqual(statuses)
    expect(text).not.toMatch(/root:|"dependencies"|^location:/im)
  })

  it('HT09 but for the style sheet, by its one name', async () => {
    const page = await listening.say(wire('GET /nowhere', ['Accept: text/html']))
    const [, path = ''] = /href="(\/assets\/[^"]+)"/.exec(page.text) ?? []
    expect((await listening.say(wire(`GET ${path}`))).statuses).toEqual([200])
    for (const twisted of [`/${path}`, `${path}/`, `/assets/.${path.slice(7)}x`, path.toUpperCase()])
      expect((await listening.say(wire(`GET ${twisted}`))).statuses, twisted).toEqual([404])
  })
})

describe('what two servers could read in two ways', () => {
  const smuggled = 'GET /jwks HTTP/1.1\r\nHost: as.test\r\n\r\n'
  const post = (...headers: string[]) =>
    `POST /token HTTP/1.1\r\n${['Host: as.test', form, ...headers].join('\r\n')}`
  const get = 'GET /health/live HTTP/1.1\r\nHost: as.test'

  it.each<[string, string]>([
    ['CL.TE', `${post('Content-Length: 3', chunked)}\r\n\r\n0\r\n\r\n${smuggled}`],
    ['TE.CL', `${post(chunked, 'Content-Length: 3')}\r\n\r\n0\r\n\r\n${smuggled}`],
    [
      'CL.TE with a blank before the colon',
      `${post('Content-Length: 3', 'Transfer-Encoding : chunked')}\r\n\r\n${smuggled}`,
    ],
    ['TE after a vertical tab', `${post('Transfer-Encoding: \x0bchunked')}\r\n\r\n0\r\n\r\n${smuggled}`],
    [
      'TE that is not chunked at last',
      `${post('Transfer-Encoding: chunked, identity')}\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['TE twice', `${post(chunked, 'Transfer-Encoding: identity')}\r\n\r\n0\r\n\r\n${smuggled}`],
    ['TE of another name', `${post('Transfer-Encoding: xchunked')}\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two lengths', `${post('Content-Length: 3', 'Content-Length: 5')}\r\n\r\na=b${smuggled}`],
    ['the same length twice', `${post('Content-Length: 3', 'Content-Length: 3')}\r\n\r\na=b${smuggled}`],
    ['a list of lengths', `${post('Content-Length: 3, 3')}\r\n\r\na=b${smuggled}`],
    ['a length with a sign', `${post('Content-Length: +3')}\r\n\r\na=b${smuggled}`],
    ['a length in hexadecimal', `${post('Content-Length: 0x3')}\r\n\r\na=b${smuggled}`],
    ['a chunk size in C', `${post(chunked)}\r\n\r\n0x3\r\na=b\r\n0\r\n\r\n${smuggled}`],
    ['a negative chunk size', `${post(chunked)}\r\n\r\n-1\r\na=b\r\n0\r\n\r\n${smuggled}`],
    [
      'a chunk size beyond 64 bits',
      `${post(chunked)}\r\n\r\n${'f'.repeat(17)}\r\na=b\r\n0\r\n\r\n${smuggled}`,
    ],
    ['a chunk longer than its size', `${post(chunked)}\r\n\r\n3\r\na=bXX\r\n0\r\n\r\n${smuggled}`],
    ['chunks with bare LF', `${post(chunked)}\r\n\r\n3\na=b\n0\n\n${smuggled}`],
    ['bare LF throughout', 'GET /health/live HTTP/1.1\nHost: as.test\n\n'],
    ['bare LF after the request line', 'GET /health/live HTTP/1.1\nHost: as.test\r\n\r\n'],
    ['bare LF after a header', `${get}\nX: y\r\n\r\n`],
    ['bare LF at the end', `${get}\r\n\n`],
    ['bare CR in a header', `${get}\rX: y\r\n\r\n`],
    ['obs-fold', `${get}\r\nX: a\r\n b\r\n\r\n`],
    ['obs-fold with a tab', `${get}\r\nX: a\r\n\tb\r\n\r\n`],
    [
      'obs-fold of a Transfer-Encoding',
      `${post('Transfer-Encoding:\r\n chunked')}\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['obs-fold of the first header', `GET /health/live HTTP/1.1\r\n X: y\r\nHost: as.test\r\n\r\n`],
    ['NUL in a header', `${get}\r\nX: a\0b\r\n\r\n`],
    ['ESC in a header', `${get}\r\nUser-Agent: \x1b[2J\r\n\r\n`],
    ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['a method of its own', 'BREW /health/live HTTP/1.1\r\nHost: as.test\r\n\r\n'],
    ['no version', 'GET /health/live\r\n\r\n'],
  ])('HT04 is 400 and ends the connection: %s', async (_, words) => {
    const { statuses, text, closedAfter } = await listening.say(words)
    expect(statuses).toEqual([400])
    expect(text).not.toContain('"kty"')
    expect(closedAfter).toBeDefined()
  })

  it('HT04 is not there in what may be pipelined', async () => {
    const { statuses } = await listening.say(`${get}\r\n\r\n${wire('GET /jwks')}`)
    expect(statuses).toEqual([200, 200])
  })
})

describe('a peer that takes its time', () => {
  const short = {
    headersTimeout: 200,
    requestTimeout: 400,
    connectionsCheckingInterval: 50,
    keepAliveTimeout: 200,
    handshakeTimeout: 200,
  }
  let hasty: Listening
  beforeAll(async () => {
    hasty = await startListening(server, short)
  })
  afterAll(() => hasty.close())

  it('HT03 is given no more than these times', () => {
    expect(patience).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 5000,
      keepAliveTimeout: 65_000,
      handshakeTimeout: 10_000,
      maxHeaderSize: 16_384,
    })
    expect(listening.server).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
    })
  })

  it.each<[string, number[], string]>([
    ['says nothing', [408], ''],
    ['stops in the request line', [408], 'POST /tok'],
    ['stops in the headers', [408], 'POST /token HTTP/1.1\r\nHost: as.test\r\nContent-'],
    [
      'stops in the body',
      [408],
      `POST /token HTTP/1.1\r\nHost: as.test\r\n${form}\r\nContent-Length: 9\r\n\r\na=`,
    ],
    [
      'stops between chunks',
      [408],
      `POST /token HTTP/1.1\r\nHost: as.test\r\n${form}\r\n${chunked}\r\n\r\n3\r\na=b\r\n`,
    ],
    [
      'stops in the body of a page',
      [408],
      `POST /authorize HTTP/1.1\r\nHost: as.test\r\n${form}\r\n${chunked}\r\n\r\n3`,
    ],
    ['keeps the connection', [200], 'GET /health/live HTTP/1.1\r\nHost: as.test\r\n\r\n'],
  ])('HT03 and %s is closed', async (_, statuses, words) => {
    const heard = await hasty.say(words)
    expect(heard.closedAfter).toBeDefined()
    expect(heard.statuses).toEqual(statuses)
  })

  it('HT03 and drips is closed too, in its head as in its body', async () => {
    const drip = (words: string, piece: string) =>
      new Promise<string>((resolve) => {
        let text = ''
        const peer = connect(hasty.port, '127.0.0.1', () => peer.write(words))
        const timer = setInterval(() => peer.write(piece), 20)
        peer.on('data', (data) => {
          text += data
        })
        peer.on('error', () => {})
        peer.on('close', () => {
          clearInterval(timer)
          resolve(text)
        })
      })
    const head = 'POST /token HTTP/1.1\r\nHost: as.test\r\n'
    const answers = await Promise.all([
      drip(head, 'X: y\r\n'),
      drip(`${head}${form}\r\nContent-Length: 9000\r\n\r\n`, 'a'),
      drip(`${head}${form}\r\n${chunked}\r\n\r\n`, chunk('a')),
    ])
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('HT03 and never finishes its handshake is closed', async () => {
    const { folder, remove } = temporaryFolder()
    const { cert, key } = selfSigned('localhost')
    const config = { tlsCertFile: `${folder}/tls.crt`, tlsKeyFile: `${folder}/tls.key` }
    writeFileSync(config.tlsCertFile, cert)
    writeFileSync(config.tlsKeyFile, key)
    const secure = await createTestServer({ config, cheapPasswords: true })
    const guarded = await startListening(secure, short)
    for (const words of ['', '\x16\x03\x01', 'GET / HTTP/1.1\r\n\r\n'])
      expect((await guarded.say(words)).closedAfter, words).toBeDefined()
    await guarded.close()
    await secure.close()
    remove()
  })

  it('HT03 does not keep others waiting, three hundred of them neither', async () => {
    const idle = Array.from({ length: 300 }, () => hasty.say(''))
    const dripping = Array.from({ length: 50 }, () => hasty.say('GET / HTTP/1.1\r\nHost: '))
    const served = await Promise.all(Array.from({ length: 20 }, () => hasty.say(wire('GET /jwks'))))
    for (const { statuses } of served) expect(statuses).toEqual([200])
    for (const heard of await Promise.all([...idle, ...dripping])) expect(heard.closedAfter).toBeDefined()
  })
})
