// Holds the web's edges: addresses behind proxies, cookies, forms of others, bodies.
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { bodyLimit, form } from '../../src/http/body.js'
import { addressKey, createClientAddress } from '../../src/http/client-address.js'
import { readCookie, setCookie } from '../../src/http/cookies.js'
import { foreignForm } from '../../src/http/same-site.js'
import { OAuthError } from '../../src/protocol/error.js'

async function addressOf(trusted: string[], socket: string | undefined, forwarded?: string) {
  const address = createClientAddress(trusted)
  const app = new Hono().get('/', (c) => c.text(address(c)))
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const env = socket === undefined ? {} : { incoming: { socket: { remoteAddress: socket } } }
  return (await app.request('/', { headers }, env)).text()
}

describe('the address of a client (SE06)', () => {
  it.each([
    ['is the socket', [], '203.0.113.7', undefined, '203.0.113.7'],
    ['ignores a header that no trusted proxy wrote', [], '203.0.113.7', '127.0.0.1', '203.0.113.7'],
    ['has one spelling when IPv4 comes as IPv6', [], '::ffff:203.0.113.7', undefined, '203.0.113.7'],
    ['also in hexadecimal', [], '::FFFF:CB00:7107', undefined, '203.0.113.7'],
    [
      'is the last hop before the trusted ones',
      ['10.0.0.0/8'],
      '10.1.1.1',
      '6.6.6.6, 203.0.113.7, 10.2.2.2',
      '203.0.113.7',
    ],
    ['is what a proxy says', ['127.0.0.1'], '::ffff:127.0.0.1', '203.0.113.7', '203.0.113.7'],
    [
      'is the proxy when the header is nonsense',
      ['127.0.0.1'],
      '127.0.0.1',
      '203.0.113.7, evil',
      '127.0.0.1',
    ],
    ['is the proxy when there is no header', ['::1'], '::1', undefined, '::1'],
    ['is the first proxy when all are trusted', ['10.0.0.0/8'], '10.1.1.1', '10.3.3.3,10.2.2.2', '10.3.3.3'],
    [
      'PO08: is read from a hop with a port',
      ['127.0.0.1'],
      '127.0.0.1',
      '203.0.113.11:50123',
      '203.0.113.11',
    ],
    ['PO08: is read from IPv6 with a port', ['::1'], '::1', '[2001:DB8::2]:443', '2001:db8::2'],
    [
      'PO08: is found behind trusted hops with ports',
      ['10.0.0.0/8', '2001:db8:ff::/48'],
      '10.1.1.1',
      '6.6.6.6, 203.0.113.7:1, [2001:db8:ff::2]:443, 10.2.2.2:65535',
      '203.0.113.7',
    ],
    ['has no port that is none', ['127.0.0.1'], '127.0.0.1', '203.0.113.7:https', '127.0.0.1'],
    ['is unknown without a socket', ['10.0.0.0/8'], undefined, '203.0.113.7', 'unknown'],
  ])('%s', async (_name, trusted, socket, forwarded, expected) => {
    expect(await addressOf(trusted, socket, forwarded)).toBe(expected)
  })

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
  ])('%s is counted as %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })
})

describe('cookies (SE02)', () => {
  const read = async (issuer: string, cookie: string) => {
    const app = new Hono().get('/', (c) => c.text(readCookie(c, { issuer }, 'session') ?? 'none'))
    app.onError((error) => new Response(error instanceof OAuthError ? error.code : 'failed'))
    return (await app.request('/', { headers: { cookie } })).text()
  }
  it.each([
    ['https://as.test', '__Host-grantor_session=abc', 'abc'],
    ['https://as.test', 'grantor_session=abc', 'none'],
    ['http://localhost:9000', 'x=1; grantor_session_8127b8fa=abc; y=2', 'abc'],
    ['http://localhost:9000', 'grantor_session_8127b8fa=abc; grantor_session_8127b8fa=abc', 'abc'],
    [
      'http://localhost:9000',
      'grantor_session_8127b8fa=abc; grantor_session_8127b8fa=planted',
      'invalid_request',
    ],
    ['http://localhost:9001', 'grantor_session_8127b8fa=abc', 'none'],
    ['https://as.test', '__Host-grantor_session=; a', 'none'],
  ])('%s with %s gives %s', async (issuer, cookie, expected) => {
    expect(await read(issuer, cookie)).toBe(expected)
  })

  it.each([
    ['https://as.test/path', '__Host-grantor_session_19f03ea4=v; Path=/; HttpOnly; SameSite=Lax; Secure'],
    ['http://127.0.0.1:9000', 'grantor_session_67d8ea34=v; Path=/; HttpOnly; SameSite=Lax'],
  ])('%s sets %s', async (issuer, expected) => {
    const app = new Hono().get('/', (c) => {
      setCookie(c, { issuer }, 'session', 'v')
      return c.text('')
    })
    expect((await app.request('/')).headers.getSetCookie()).toEqual([expected])
  })
})

describe('a form of another site (SE03)', () => {
  const own = 'https://as.test'
  const judge = async (headers: Record<string, string>) => {
    const app = new Hono().post('/', (c) => c.json(foreignForm(c, { issuerOrigin: own }) ?? 'ours'))
    return (await app.request('/', { method: 'POST', headers })).json()
  }
  it.each([
    [{}, 'ours'],
    [{ origin: own }, 'ours'],
    [{ origin: own, 'sec-fetch-site': 'same-origin' }, 'ours'],
    [{ 'sec-fetch-site': 'none' }, 'ours'],
    [{ 'sec-fetch-site': 'cross-site' }, { misaddressed: false }],
    [{ 'sec-fetch-site': 'same-site' }, { misaddressed: false }],
    [{ 'sec-fetch-site': 'what is this' }, { misaddressed: false }],
    [{ origin: 'null' }, { origin: 'null', misaddressed: false }],
    [
      { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.test', misaddressed: false },
    ],
    [
      { origin: own, 'sec-fetch-site': 'cross-site' },
      { origin: own, misaddressed: false },
    ],
    [
      { origin: own, 'sec-fetch-site': 'same-site' },
      { origin: own, misaddressed: false },
    ],
    [{ origin: 'https://as.test.evil.test' }, { origin: 'https://as.test.evil.test', misaddressed: false }],
    [{ origin: 'http://as.test' }, { origin: 'http://as.test', misaddressed: false }],
    [
      { origin: 'https://as.test:8443', 'sec-fetch-site': 'same-origin' },
      { origin: 'https://as.test:8443', misaddressed: true },
    ],
  ])('%o is %o', async (headers, expected) => {
    expect(await judge(headers as Record<string, string>)).toEqual(expected)
  })
})

describe('a body', () => {
  const app = new Hono().post('/', async (c) => c.json((await form(c)).toRecord()))
  app.onError((error, c) => c.text(error instanceof OAuthError ? `${error.status} ${error.code}` : 'failed'))
  const send = async (body: BodyInit, headers: Record<string, string>) => {
    const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit
    return (await app.request('/', init)).text()
  }
  const type = 'application/x-www-form-urlencoded'

  it.each([
    ['application/json'],
    ['text/plain'],
    ['a/json, application/x-www-form-urlencoded'],
    ['application/x-www-form-urlencoded, text/plain'],
    ['multipart/form-data; boundary=application/x-www-form-urlencoded'],
  ])('of type %s is refused (TK02)', async (contentType) => {
    expect(await send('a=b', { 'content-type': contentType })).toBe('400 invalid_request')
  })

  it('may say its character set, in any case', async () => {
    expect(await send('a=b', { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' })).toBe(
      '{"a":"b"}',
    )
  })

  it('is cut off while it comes, not after', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        // It ends for who takes it all: a lost limit must fail here, and not use up the memory.
        if (sent >= 16 * bodyLimit) return controller.close()
        sent += 1024
        controller.enqueue(new TextEncoder().encode('a'.repeat(1024)))
      },
    })
    expect(await send(endless, { 'content-type': type })).toBe('413 invalid_request')
    expect(sent).toBeLessThan(2 * bodyLimit)
  })
})
