// Heads that are too large, over real connections: the response says what was too large, as JSON or as a page.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestServer, type TestServer } from '../support/server.js'
import { type Heard, type Listening, startListening, wire } from '../support/socket.js'

let server: TestServer
let listening: Listening
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  listening = await startListening(server)
})
afterAll(async () => {
  await listening.close()
  await server.close()
})

const bodyOf = ({ text }: Heard) => text.slice(text.indexOf('\r\n\r\n') + 4)
const browser = ['Accept: text/html,*/*;q=0.8', 'Accept-Language: de']

describe('BR09: a head that is too large', () => {
  it.each([
    [
      'a long header',
      [`X-Long: ${'a'.repeat(20_000)}`],
      /16384 bytes together; the header X-Long has more than 20007/,
    ],
    [
      'many cookies',
      Array(200).fill(`Cookie: ${'a=b; '.repeat(40)}`),
      /the header Cookie has more than \d{5}/,
    ],
    ['more than a hundred headers', Array(120).fill('X: y'), /has 122 headers, and may have 100/],
  ])('BR09: with %s gets JSON that names it', async (_, headers, description) => {
    const heard = await listening.say(wire('GET /jwks', headers))
    expect(heard.statuses).toEqual([431])
    expect(heard.text).toContain('content-type: application/json')
    const { error, error_description } = JSON.parse(bodyOf(heard))
    expect(error).toBe('invalid_request')
    expect(error_description).toMatch(description)
    expect(heard.closedAfter).toBeDefined()
  })

  it.each([
    ['of 20 kB', 431, `/jwks?${'a'.repeat(20_000)}`, /the address has more than 20005/],
    ['of 9 kB', 414, `/jwks?${'a'.repeat(9000)}`, /path and query have 9006 bytes, and may have 8192/],
  ])('BR09: with an address %s is %i, and says so', async (_, status, target, description) => {
    const heard = await listening.say(wire(`GET ${target}`))
    expect(heard.statuses).toEqual([status])
    expect(JSON.parse(bodyOf(heard)).error_description).toMatch(description)
  })

  it.each([
    ['cookies', 431, '/account', [`Cookie: ${'a=b; '.repeat(4000)}`], 'Der Browser hat zu viel gesendet'],
    ['an address', 431, `/account?${'a'.repeat(20_000)}`, [], 'Die Adresse ist zu lang'],
    ['an address that can be read', 414, `/account?${'a'.repeat(9000)}`, [], 'Die Adresse ist zu lang'],
  ])('BR09: with %s is a page to a browser', async (_, status, target, headers, title) => {
    const heard = await listening.say(wire(`GET ${target}`, [...browser, ...headers]))
    expect(heard.statuses).toEqual([status])
    const text = Buffer.from(heard.text, 'latin1').toString('utf8')
    expect(text).toMatch(/content-type: text\/html/i)
    expect(text).toMatch(/content-security-policy: default-src 'none'/i)
    expect(text).toContain(title)
    expect(text).toContain('/account')
  })

  it('BR09: has a response although the peer is still sending, and is closed within seconds', async () => {
    const heard = await listening.say(wire('GET /jwks', [`X-Long: ${'a'.repeat(400_000)}`]))
    expect(heard.statuses).toEqual([431])
    expect(bodyOf(heard)).toContain('error_description')
    expect(heard.closedAfter).toBeDefined()
  })

  it('BR09: is answered in its turn on a connection that was used before', async () => {
    const first = 'GET /jwks HTTP/1.1\r\nHost: as.test\r\n\r\n'
    const heard = await listening.say(first + wire('GET /jwks', [`X-Long: ${'a'.repeat(20_000)}`]))
    // Where the first is not answered yet, the connection ends with it or with the error, and mixes neither.
    expect([[200], [431], [200, 431]]).toContainEqual(heard.statuses)
    expect(heard.closedAfter).toBeDefined()
  })
})
