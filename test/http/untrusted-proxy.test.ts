// Holds the warning about a proxy that nobody has told the server of.
import { afterEach, describe, expect, it } from 'vitest'
import { createTestServer, type TestServer } from '../support/server.js'

let server: TestServer

afterEach(() => server.close())

async function forward(address: string, path = '/jwks', forwarded = '203.0.113.9') {
  const headers = { 'X-Forwarded-For': forwarded }
  await server.fetchFrom(address, new Request(`${server.issuer}${path}`, { headers }))
}

const warnings = () =>
  server.log.map((line) => JSON.parse(line)).filter(({ setting }) => setting === 'GRANTOR_TRUST_PROXY')

describe('X-Forwarded-For of a peer that is not trusted', () => {
  it('PO08: is warned of once, with the peer and the variable, whatever the path', async () => {
    server = await createTestServer({ config: { trustProxy: ['10.0.0.0/8'] } })
    for (const path of ['/jwks', '/login', '/nowhere']) await forward('::ffff:192.0.2.50', path)
    await forward('2001:db8::1')
    await forward('2001:db8::2')
    expect(warnings()).toEqual([
      expect.objectContaining({
        level: 40,
        peer: '192.0.2.50',
        msg: expect.stringContaining('GRANTOR_TRUST_PROXY'),
      }),
      expect.objectContaining({ level: 40, peer: '2001:db8::1' }),
    ])
  })

  it('PO08: is not warned of when the peer is trusted, or sends no such header', async () => {
    server = await createTestServer({ config: { trustProxy: ['10.0.0.0/8'] } })
    await forward('10.1.2.3')
    await server.fetch('/jwks')
    expect(warnings()).toEqual([])
  })

  it('PO08: names a hundred peers and no more, however many send it', async () => {
    server = await createTestServer()
    for (let i = 0; i < 130; i++) await forward(`192.0.2.${i}`)
    expect(warnings()).toHaveLength(100)
    expect(new Set(warnings().map(({ peer }) => peer)).size).toBe(100)
  })
})
