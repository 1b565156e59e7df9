// How soon a revocation arrives: three services under load, and the time from the answer of /revoke to the last call
// that any of them accepts.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGrantor, freePort, type Grantor } from '../../examples/demo/grantor.js'
import { type Running, startTypescript } from './apis.js'

const statusTtl = 5
const audience = 'https://api.test'
const frameworks = ['hono', 'express', 'node:http']
/** Milliseconds between two calls of one token to one service. */
const pace = 10

let folder: string
let grantor: Grantor
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grantor-revocation-'))
  const settings = { GRANTOR_STATUS_TTL: String(statusTtl) }
  grantor = await createGrantor(path.join(folder, 'grantor'), await freePort(), settings)
  await grantor.start()
  await grantor.cli(['resource', 'create', '--identifier', audience, '--name', 'API', '--scope', 'read=Read'])
})
afterAll(async () => {
  await grantor?.remove()
  await rm(folder, { recursive: true })
})

type Client = { id: string; secret: string }

async function newClient(name: string): Promise<Client> {
  const made = await grantor.cli([
    'client',
    'create',
    '--kind',
    'service',
    '--name',
    name,
    '--resource',
    audience,
  ])
  return { id: String(made.client_id), secret: String(made.client_secret) }
}

function ask({ id, secret }: Client, endpoint: string, fields: Record<string, string>): Promise<Response> {
  const headers = { Authorization: `Basic ${btoa(`${id}:${secret}`)}` }
  return fetch(`${grantor.issuer}/${endpoint}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  })
}

/** Calls a service over and over; what it answered, and when each call that it accepted was sent. */
function load(api: Running, token: string) {
  const state = { stopped: false, accepted: 0, refused: 0, other: 0, lastAccepted: 0 }
  const running = (async () => {
    while (!state.stopped) {
      const sent = performance.now()
      const status = await api.status(token)
      if (status === 200) {
        state.accepted++
        state.lastAccepted = sent
      } else if (status === 401) state.refused++
      else state.other++
      await new Promise((resolve) => setTimeout(resolve, pace))
    }
  })()
  return {
    state,
    stop: () => {
      state.stopped = true
      return running
    },
  }
}

/** Milliseconds from the answer of /revoke until no service accepted the token any more; negative if before. */
async function timeToRefusal(services: Running[]): Promise<number> {
  const app = await newClient('app')
  const answer = await ask(app, 'token', { grant_type: 'client_credentials', scope: 'read' })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  // Each service has a list that it may rely on for a while.
  for (const api of services) expect(await api.status(token), api.log()).toBe(200)
  const loads = services.map((api) => load(api, token))
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect((await ask(app, 'revoke', { token })).status).toBe(200)
  const revokedAt = performance.now()
  const deadline = revokedAt + (statusTtl + 5) * 1000
  while (loads.some(({ state }) => state.refused < 20) && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20))
  await Promise.all(loads.map(({ stop }) => stop()))
  for (const { state } of loads) {
    expect(state.accepted).toBeGreaterThan(5)
    expect(state.refused).toBeGreaterThanOrEqual(20)
    expect(state.other).toBe(0)
  }
  return Math.max(...loads.map(({ state }) => state.lastAccepted)) - revokedAt
}

async function measure(how: string, settings: Record<string, string>): Promise<number> {
  const common = { ISSUER: grantor.issuer, AUDIENCE: audience, ...settings }
  const services = await Promise.all(
    frameworks.map((FRAMEWORK) =>
      startTypescript(path.join(import.meta.dirname, 'service.ts'), { ...common, FRAMEWORK }),
    ),
  )
  try {
    const times: number[] = []
    for (let round = 0; round < 3; round++) times.push(await timeToRefusal(services))
    const shown = times.map((time) => `${Math.max(0, Math.round(time))} ms`).join(', ')
    console.log(`${how}: the last call of three services was accepted ${shown} after the answer of /revoke`)
    return Math.max(...times)
  } finally {
    await Promise.all(services.map((service) => service.stop()))
  }
}

it(`by polling, within a ttl of ${statusTtl} s and a second`, async () => {
  expect(await measure('polling', {})).toBeLessThan((statusTtl + 1) * 1000)
}, 60_000)

it('by push, within a second', async () => {
  const { id, secret } = await newClient('listener')
  expect(await measure('push', { CLIENT_ID: id, CLIENT_SECRET: secret })).toBeLessThan(1000)
}, 60_000)
