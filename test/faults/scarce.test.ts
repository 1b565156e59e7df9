// F18: a process without file descriptors. F20: one in another time zone and another language.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, expect, it } from 'vitest'
import { endAll, grantor } from '../cli/process.js'
import { claimsOf } from '../support/flow.js'
import { createClient, type Service, type Session } from './client.js'
import { createVictim, type Victim } from './victim.js'

let victim: Victim | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await victim?.remove()
})
afterAll(endAll)

const aService = (of: Victim): Service => ({
  ...(of.services[0] as Service),
  live: [],
  unsure: [],
  revoked: [],
})

it('F18: without file descriptors connections are refused, nothing is lost, and it recovers by itself', async () => {
  victim = await createVictim()
  const { child } = await victim.start()
  const pid = child.pid as number
  const client = createClient(victim)
  const service = aService(victim)
  await client.serve(service)
  await client.withdraw(service)
  const held = readdirSync(`/proc/${pid}/fd`).length
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${held + 20}:4096`])
  const port = Number(victim.env.GRANTOR_PORT)
  for (let i = 0; i < 200; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
  }
  await expect.poll(() => readdirSync(`/proc/${pid}/fd`).length).toBeGreaterThanOrEqual(held + 19)
  // The connections that were there are served, writes too, and a revocation holds.
  await client.serve(service)
  await client.withdraw(service)
  expect(service.revoked).toHaveLength(2)
  for (const token of service.revoked) expect(await client.isActive(token, service)).toBe(false)
  expect(child.exitCode).toBeNull()

  for (const socket of sockets.splice(0)) socket.destroy()
  const fresh = createClient(victim)
  await expect.poll(() => fresh.isActive(service.revoked[0] ?? '', service), { timeout: 10_000 }).toBe(false)
  await fresh.serve(service)
  expect(client.surprises).toEqual([])
  expect(victim.damage()).toEqual([])
})

it('F20: in Samoa and in Turkish everything is as anywhere', async () => {
  const samoa = { TZ: 'Pacific/Apia', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'tr' }
  victim = await createVictim(undefined, samoa)
  const [one] = await victim.signIn(1)
  await victim.start()
  const client = createClient(victim)
  const session: Session = { ...(one as NonNullable<typeof one>), signOut: 'not asked' }
  const connection = await client.begin(session, false)
  await client.redeem(connection)
  const { iat, exp } = claimsOf(connection.accessTokens[0] ?? '') as { iat: number; exp: number }
  expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60)
  expect(exp - iat).toBe(300)
  expect(await client.isActive(connection.accessTokens[0] ?? '')).toBe(true)
  expect((await client.refresh(connection.refreshTokens[0] ?? '')).status).toBe(200)
  expect(await client.silently(session)).toBe('signed in')

  // In Turkish, I is not the capital of i.
  const named = ['--username', 'INDIGO', '--email', 'INDIGO@EXAMPLE.TEST', '--password-stdin']
  const made = await grantor(victim.env, ['user', 'create', ...named], 'glacier tandem origami pulse')
  expect(made).toMatchObject({ code: 0 })
  for (const name of ['indigo', 'INDIGO', 'indigo@example.test'])
    expect(await victim.command(['user', 'get', name, '--json']), name).toMatchObject({ code: 0 })
  expect(client.surprises).toEqual([])
})
