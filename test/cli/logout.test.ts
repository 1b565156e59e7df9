// Back-channel logout by the built program: over TLS, from another process, and through kill -9.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { selfSigned } from '../support/certificate.js'
import { codeFlow } from '../support/flow.js'
import { startTarget, status } from '../support/logout-target.js'
import type { Person, Registered, TestServer } from '../support/server.js'
import { freePort } from './call.js'
import { build, endAll, grantor, type Running, start } from './process.js'

const folder = mkdtempSync(path.join(tmpdir(), 'grantor-logout-'))
const tls = selfSigned('localhost')
const password = 'glacier tandem origami'
let env: Record<string, string>
let running: Running
/** Where apps are told; nobody listens yet. */
let port: number
let app: Registered
let ada: Person

beforeAll(async () => {
  build()
  const own = await freePort()
  port = await freePort()
  writeFileSync(`${folder}/ca.pem`, tls.cert)
  env = {
    GRANTOR_ISSUER: `http://localhost:${own}`,
    GRANTOR_PORT: String(own),
    GRANTOR_DATABASE_URL: `file:${folder}/grantor.db`,
    GRANTOR_MASTER_KEY_FILE: `${folder}/master.key`,
    NODE_EXTRA_CA_CERTS: `${folder}/ca.pem`,
  }
  running = await start(env)
  await command(
    ['user', 'create', '--username', 'ada', '--email', 'ada@example.test', '--password-stdin'],
    password,
  )
  const { client_id: id, client_secret: secret } = await command([
    ...['client', 'create', '--kind', 'web', '--name', 'App', '--redirect-uri', 'https://app.test/cb'],
    ...['--set', `backchannel_logout_uri="https://localhost:${port}/logout"`],
  ])
  const metadata = {
    redirect_uris: ['https://app.test/cb'],
    token_endpoint_auth_method: 'client_secret_basic',
  }
  app = { client: { id, metadata }, secret } as unknown as Registered
  ada = { user: { username: 'ada' }, password } as unknown as Person
}, 60_000)

afterAll(() => {
  endAll()
  rmSync(folder, { recursive: true, force: true })
})

async function command(args: string[], stdin?: string) {
  const { code, out, err } = await grantor(env, [...args, '--json'], stdin)
  if (code !== 0) throw new Error(err)
  return JSON.parse(out)
}

/** The process, in the form in which browsers and apps of tests know servers. */
function remote(): TestServer {
  const issuer = env.GRANTOR_ISSUER as string
  return {
    issuer,
    config: { issuerOrigin: issuer },
    clock: { now: 0 },
    fetch: (target: string, init: RequestInit) =>
      fetch(target.startsWith('/') ? issuer + target : target, init),
    fetchFrom: (_address: string, request: Request) => fetch(request),
  } as unknown as TestServer
}

it('LO05: a logout that was acknowledged before kill -9 is told after a restart, and then those by command', async () => {
  const browser = createBrowser(remote())
  const { id_token = '' } = await codeFlow(remote(), browser, app, { person: ada })
  const view = await browser.open(`/end-session?id_token_hint=${id_token}`)
  running.child.kill('SIGKILL')
  expect(view.heading).toBe('You are signed out')
  expect(await running.ended).toBe('SIGKILL')

  const target = await startTarget(status(200), { port, host: '127.0.0.1', tls })
  running = await start(env)
  // It may have been tried and put off before the end.
  await expect.poll(() => target.received.length, { timeout: 15_000 }).toBe(1)
  const told = target.tokens().map((token) => decodeJwt(token))
  expect(told).toMatchObject([{ aud: app.client.id, sid: decodeJwt(id_token).sid }])

  const tab = createBrowser(remote())
  const next = await codeFlow(remote(), tab, app, { person: ada })
  const sessions = await command(['session', 'list', '--user', 'ada'])
  await command(['session', 'revoke', sessions[0].id])
  await expect.poll(() => target.received.length, { timeout: 5000 }).toBe(2)
  expect(decodeJwt(target.tokens()[1] ?? '').sid).toBe(decodeJwt(next.id_token ?? '').sid)
  running.child.kill('SIGTERM')
  expect(await running.ended).toBe(0)
  expect(running.log().filter(({ level }) => Number(level) > 30)).toEqual([])
  await target.close()
}, 60_000)
