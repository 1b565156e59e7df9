// The published lists (Token Status List 5 to 9): what tokens refer to, what is served there, who may keep it.
import { inflateSync } from 'node:zlib'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Connected, connect } from '../support/connected.js'
import { authenticatedPost, claimsOf } from '../support/flow.js'
import type { TestServer } from '../support/server.js'

let scene: Connected
let server: TestServer
beforeEach(async () => {
  scene = await connect('web', { config: { statusTtl: 20 } })
  server = scene.server
})
afterEach(() => server.close())

const uriOf = (list: number) => `${server.issuer}/status-lists/${list}`
const get = (headers: Record<string, string> = {}, list: string | number = 1) =>
  server.fetch(`/status-lists/${list}`, { headers })
const revokeAll = async () => {
  await authenticatedPost(server, '/revoke', scene.app, { token: scene.tokens.refresh_token })
  await server.deps.status.refresh()
}
const claims = async () => claimsOf(await (await get()).text())

it('has what a token refers to: signed by the keys of the issuer, of its address, for a while (5.1)', async () => {
  const { status } = claimsOf(scene.tokens.access_token)
  expect(status).toEqual({ status_list: { idx: expect.any(Number), uri: uriOf(1) } })
  const answer = await get()
  expect(answer.headers.get('content-type')).toBe('application/statuslist+jwt')
  const jwks = createRemoteJWKSet(new URL(`${server.issuer}/jwks`), { [customFetch]: server.fetch })
  const currentDate = new Date(server.clock.now * 1000)
  const { payload } = await jwtVerify(await answer.text(), jwks, {
    typ: 'statuslist+jwt',
    subject: uriOf(1),
    currentDate,
  })
  expect(payload).toEqual({
    sub: uriOf(1),
    iat: server.clock.now,
    exp: server.clock.now + 600,
    ttl: 20,
    status_list: {
      bits: 1,
      lst: expect.stringMatching(/^[\w-]+$/),
      aggregation_uri: `${server.issuer}/status-lists`,
    },
  })
  const { lst } = payload.status_list as { lst: string }
  expect(inflateSync(Buffer.from(lst, 'base64url'))).toHaveLength(2 ** 17)
})

it('is found from the metadata, and is one of those that are listed (9)', async () => {
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    const metadata = await (await server.fetch(`/.well-known/${name}`)).json()
    expect(metadata).toMatchObject({ status_list_aggregation_endpoint: `${server.issuer}/status-lists` })
  }
  expect(await (await server.fetch('/status-lists')).json()).toEqual({ status_lists: [uriOf(1)] })
})

it('has one address: all others are not found', async () => {
  for (const other of [
    '0',
    '2',
    '01',
    '1.0',
    '-1',
    'x',
    '1e0',
    '999999999',
    '9999999999',
    '%31%00',
    '__proto__',
  ])
    expect((await get({}, other)).status, other).toBe(404)
})

it('is not sent twice to who has it, in either encoding, until it changes (8.1)', async () => {
  for (const encoding of ['gzip', 'identity']) {
    const etag = (await get({ 'Accept-Encoding': encoding })).headers.get('etag') ?? ''
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get({ 'Accept-Encoding': encoding, 'If-None-Match': tag })
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, ''])
    }
  }
  const plain = (await get()).headers.get('etag') ?? ''
  const zipped = (await get({ 'Accept-Encoding': 'gzip' })).headers.get('etag') ?? ''
  expect(plain).not.toBe(zipped)
  await revokeAll()
  expect((await get({ 'If-None-Match': `${plain}, ${zipped}` })).status).toBe(200)
})

it('is zipped for who takes that, and says that answers differ', async () => {
  const plain = await (await get()).text()
  for (const accept of ['gzip', 'GZIP;q=0.5', 'br, gzip', '*']) {
    const answer = await get({ 'Accept-Encoding': accept })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    const unzipped = new Response(answer.body?.pipeThrough(new DecompressionStream('gzip')))
    expect(await unzipped.text()).toBe(plain)
  }
  for (const accept of ['identity', 'br', 'gzip;q=0', 'x-gzipped', '']) {
    const answer = await get({ 'Accept-Encoding': accept })
    expect(answer.headers.get('content-encoding'), accept).toBeNull()
    expect(answer.headers.get('vary')).toBe('Accept-Encoding')
    expect(await answer.text()).toBe(plain)
  }
})

it('may be kept by caches that ask each time, and read by browser apps of every origin', async () => {
  const { headers } = await get({ Origin: 'https://app.test' })
  expect(headers.get('cache-control')).toBe('public, max-age=0, must-revalidate')
  expect(headers.get('access-control-allow-origin')).toBe('*')
})

it('is made anew when it changes, and else only when half of its life is over', async () => {
  const first = await claims()
  server.clock.advance(299)
  await server.deps.status.refresh()
  expect(await claims()).toEqual(first)
  server.clock.advance(1)
  await get()
  await server.deps.status.refresh()
  expect((await claims()).iat).toBe(server.clock.now)

  server.clock.advance(10)
  await revokeAll()
  expect(await claims()).not.toEqual(first)
  expect((await claims()).iat).toBe(server.clock.now)
})

it('is never served beyond its expiry, even to the first who asks again', async () => {
  await claims()
  server.clock.advance(601)
  expect((await claims()).exp).toBe(server.clock.now + 600)
})

it('is signed anew at once when its key has been withdrawn', async () => {
  const kidOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid
  const before = kidOf(await (await get()).text())
  await server.deps.keyring.rotate('ES256', { immediately: true })
  await server.deps.status.refresh()
  const after = kidOf(await (await get()).text())
  expect(after).not.toBe(before)
  const { keys } = (await (await server.fetch('/jwks')).json()) as { keys: { kid: string }[] }
  expect(keys.map(({ kid }) => kid)).toContain(after)
})
