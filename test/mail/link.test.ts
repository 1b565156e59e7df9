// Mailed links: each proves one thing, for a while, and nobody but its reader can have it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findLink, links, newLink } from '../../src/mail/link.js'
import type { ActionToken } from '../../src/store/store.js'
import { createTestServer, type TestServer } from '../support/server.js'

type Purpose = ActionToken['purpose']
const purposes = Object.keys(links) as Purpose[]

let server: TestServer
beforeEach(async () => {
  server = await createTestServer({ issuer: 'https://as.test/tenant', cheapPasswords: true })
})
afterEach(() => server.close())

async function made(purpose: Purpose) {
  const { user } = await server.addUser()
  const link = await newLink(server.deps, { purpose, sub: user.sub, email: 'alice@example.test' }, 'trusted')
  return { ...link, handle: link.url.slice(link.url.lastIndexOf('/') + 1), sub: user.sub }
}

describe.each(purposes)('a link to %s', (purpose) => {
  it('AC01 leads below the configured issuer, to a page of its own', async () => {
    const { url, handle } = await made(purpose)
    expect(url).toBe(`https://as.test/tenant${links[purpose].path}/${handle}`)
  })

  it('is found until it expires', async () => {
    const { handle, expiresAt, sub } = await made(purpose)
    const { clock, deps } = server
    expect(await findLink(deps, purpose, handle)).toMatchObject({ purpose, sub, email: 'alice@example.test' })
    clock.advance(links[purpose].ttl - 1)
    expect(clock.now).toBe(expiresAt - 1)
    expect(await findLink(deps, purpose, handle)).toBeDefined()
    clock.advance(1)
    expect(await findLink(deps, purpose, handle)).toBeUndefined()
  })

  it('AC05 is not found for another purpose', async () => {
    const { handle } = await made(purpose)
    const others = purposes.filter((other) => other !== purpose)
    for (const other of others) expect(await findLink(server.deps, other, handle)).toBeUndefined()
  })

  it('AC05 is not found once it was used', async () => {
    const { handle } = await made(purpose)
    const { deps, clock } = server
    const token = await findLink(deps, purpose, handle)
    expect(await deps.store.actionTokens.spend(token?.id ?? '', clock.now)).toBe(true)
    expect(await findLink(deps, purpose, handle)).toBeUndefined()
  })
})

it('every purpose has a path of its own', () => {
  expect(new Set(purposes.map((purpose) => links[purpose].path)).size).toBe(purposes.length)
})

it('is not found by its id, by another secret, or by anything else', async () => {
  const first = await made('reset_password')
  const second = await newLink(
    server.deps,
    { purpose: 'reset_password', sub: first.sub, email: 'a@b.test' },
    'trusted',
  )
  const [id, secret] = first.handle.split('.')
  const [, otherSecret] = second.url.slice(second.url.lastIndexOf('/') + 1).split('.')
  expect(await findLink(server.deps, 'reset_password', `${id}.${secret}`)).toBeDefined()
  for (const handle of [`${id}`, `${id}.`, `${id}.${otherSecret}`, `${id}.${secret}x`, `.${secret}`, '']) {
    expect(await findLink(server.deps, 'reset_password', handle)).toBeUndefined()
  }
})

it('is kept as a hash: the row does not hold what the link holds', async () => {
  const { handle } = await made('invitation')
  const [id, secret] = handle.split('.') as [string, string]
  const row = await server.deps.store.actionTokens.find(id)
  expect(row?.secretHash).toMatch(/^[\w-]{43}$/)
  expect(JSON.stringify(row)).not.toContain(secret)
})
