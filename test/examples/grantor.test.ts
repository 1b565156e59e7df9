// Proves the examples against the built server: a token of its own, and the list in which it says what it revoked.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, type ExpectStatic, it } from 'vitest'
import { createGrantor, freePort, type Grantor } from '../../examples/demo/grantor.js'
import {
  type Example,
  go,
  missing,
  python,
  type Running,
  verifyExpress,
  verifyHono,
  verifyNode,
} from './apis.js'
import { nginx } from './nginx.js'

const statusTtl = 5
const audience = 'https://api.test'
const all = [python, go, nginx, verifyNode, verifyExpress, verifyHono]

let folder: string
let grantor: Grantor
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grantor-examples-'))
  const data = path.join(folder, 'grantor')
  grantor = await createGrantor(data, await freePort(), { GRANTOR_STATUS_TTL: String(statusTtl) })
  await grantor.start()
  const scope = ['--scope', 'api:read=Read']
  await grantor.cli(['resource', 'create', '--identifier', audience, '--name', 'API', ...scope])
  // Here, where there is time: a first Go build takes most of a minute, and holds up every test beside it.
  for (const example of all) if (!missing(example)) example.prepare?.(folder)
})
afterAll(async () => {
  await grantor?.remove()
  await rm(folder, { recursive: true })
})

// At the same time: each waits for its list to grow old.
describe.concurrent('with the server itself', () => {
  for (const example of all) {
    it.skipIf(missing(example))(
      `${example.name} refuses a token soon after it was revoked`,
      async ({ expect }) => {
        await refusesOnceRevoked(example, expect)
      },
    )
  }
})

/** `expect` is the test's own: they run at the same time. */
async function refusesOnceRevoked(example: Example, expect: ExpectStatic): Promise<void> {
  const client = await grantor.cli([
    ...['client', 'create', '--kind', 'service', '--name', example.name],
    ...['--resource', audience, '--scope', 'api:read'],
  ])
  const ask = (endpoint: string, fields: Record<string, string>) =>
    fetch(`${grantor.issuer}/${endpoint}`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
      body: new URLSearchParams(fields),
    })
  const token = async () => {
    const response = await ask('token', { grant_type: 'client_credentials', scope: 'api:read' })
    return String((await response.json()).access_token)
  }

  const api = await example.start({ ISSUER: grantor.issuer, AUDIENCE: audience }, folder)
  try {
    await refusesIt(api, await token())
    expect(await api.status(await token()), api.log()).toBe(200)
  } finally {
    await api.stop()
  }

  async function refusesIt(api: Running, revoked: string): Promise<void> {
    const response = await api.call(revoked)
    expect(response.status, api.log()).toBe(200)
    expect(await response.json()).toEqual({ sub: client.client_id })
    expect((await ask('revoke', { token: revoked })).status).toBe(200)
    const timeout = (statusTtl + 1) * 1000
    await expect.poll(() => api.status(revoked), { timeout, interval: 200 }).toBe(401)
  }
}
