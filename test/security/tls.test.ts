// The TLS of the server, in real handshakes (RFC 9325 3.1.1, 4.2; FAPI 2.0 SP 5.2.1).
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGuardedFetch } from '../../src/outbound/guarded-fetch.js'
import { byAdministrator } from '../../src/protocol/requester.js'
import { selfSigned } from '../support/certificate.js'
import { knownKey } from '../support/keys.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { type Listening, startListening } from '../support/socket.js'
import { temporaryFolder } from '../support/stores.js'

const { folder, remove } = temporaryFolder()
afterAll(remove)

const modern = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305']
/** What OpenSSL could do beside: without forward secrecy, or with encryption that is not authenticated. */
const outdated = (signature: string) => [
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'DHE-RSA-AES128-GCM-SHA256',
  `ECDHE-${signature}-AES128-SHA`,
  `ECDHE-${signature}-AES128-SHA256`,
  `ECDHE-${signature}-AES256-SHA384`,
]

describe.each([
  ['ECDSA', () => selfSigned('localhost')],
  ['RSA', () => selfSigned('localhost', knownKey('RS256'))],
])('CF05: our own TLS with a certificate for an %s key', (signature, certificate) => {
  let server: TestServer
  let listening: Listening
  beforeAll(async () => {
    const { cert, key } = certificate()
    const config = { tlsCertFile: `${folder}/${signature}.crt`, tlsKeyFile: `${folder}/${signature}.key` }
    writeFileSync(config.tlsCertFile, cert)
    writeFileSync(config.tlsKeyFile, key)
    server = await createTestServer({ config, cheapPasswords: true })
    listening = await startListening(server)
  })
  afterAll(async () => {
    await listening.close()
    await server.close()
  })

  /** What a handshake with such a client ends in: version and cipher, or that there is none. */
  const handshake = (offered: ConnectionOptions) =>
    new Promise<string>((resolve) => {
      const { port } = listening
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...offered }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
        socket.destroy()
      })
      socket.on('error', () => resolve('refused'))
    })
  const by12 = (ciphers: string) => handshake({ maxVersion: 'TLSv1.2', ciphers })

  it('by TLS 1.2 accepts ECDHE with AES-GCM or ChaCha20', async () => {
    for (const cipher of modern.map((name) => `ECDHE-${signature}-${name}`))
      expect(await by12(cipher)).toBe(`TLSv1.2 ${cipher}`)
  })

  it('by TLS 1.2 accepts nothing else', async () => {
    for (const cipher of outdated(signature)) expect(await by12(cipher), cipher).toBe('refused')
  })

  it('by TLS 1.3 accepts all that it has', async () => {
    for (const cipher of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'])
      expect(await handshake({ minVersion: 'TLSv1.3', ciphers: cipher })).toBe(`TLSv1.3 ${cipher}`)
    expect(await handshake({})).toMatch(/^TLSv1.3 /)
  })

  it('does not go below TLS 1.2', async () => {
    const ciphers = 'DEFAULT@SECLEVEL=0'
    for (const version of ['TLSv1', 'TLSv1.1'] as const)
      expect(await handshake({ minVersion: version, maxVersion: version, ciphers })).toBe('refused')
  })
})

it('CF05: our own requests offer the same', async () => {
  const fetch = createGuardedFetch({
    allow: [],
    loopback: true,
    now: () => 0,
    lookup: async () => ['127.0.0.1'],
  })
  /** Why the connection to a server with nothing but this cipher fails, as our client has it. */
  const reach = async (ciphers: string) => {
    const { cert, key } = selfSigned('localhost', knownKey('RS256'))
    const server = createServer({ cert, key, ciphers, maxVersion: 'TLSv1.2' })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const options = { purpose: 'keys', requester: byAdministrator, timeout: 5000, maxBytes: 1000 } as const
    const answer = await fetch(`https://localhost:${port}/`, options)
    await new Promise((resolve) => server.close(resolve))
    return 'refused' in answer ? answer.why : 'reached'
  }
  // As far as the certificate, which no authority has signed, and no further.
  for (const name of modern)
    expect(await reach(`ECDHE-RSA-${name}`)).toBe('the connection failed: DEPTH_ZERO_SELF_SIGNED_CERT')
  for (const cipher of outdated('RSA').filter((name) => !name.startsWith('DHE')))
    expect(await reach(cipher), cipher).toMatch(/^the connection failed: ERR_SSL_/)
})
