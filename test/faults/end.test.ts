// F14 and F15: clients that are slow or never read, and a server that is told to stop under load.
import { existsSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { endAll } from '../cli/process.js'
import { broken } from './check.js'
import { createClient, type Session } from './client.js'
import { drive, type Lane } from './load.js'
import { createVictim, type Victim } from './victim.js'

let victim: Victim
const sockets: Socket[] = []
beforeEach(async () => {
  victim = await createVictim()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await victim?.remove()
})
afterAll(endAll)

/** Of a process, in bytes. */
function memory(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

it('F14: a thousand clients that drip or never read leave the others their server', async () => {
  const { child } = await victim.start()
  const client = createClient(victim)
  const [server] = [{ ...victim.services[0], live: [], unsure: [], revoked: [] }] as [Lane['service']]
  const port = Number(victim.env.GRANTOR_PORT)
  const times = async (): Promise<number> => {
    const taken: number[] = []
    for (let i = 0; i < 200; i++) {
      const began = performance.now()
      await client.serve(server)
      taken.push(performance.now() - began)
    }
    return taken.sort((a, b) => a - b)[190] ?? 0
  }
  await times()
  const healthy = await times()
  const before = memory(child.pid as number)
  for (let i = 0; i < 1000; i++) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    sockets.push(socket)
    if (i % 2 === 0) socket.write('POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n')
    else {
      socket.pause()
      socket.write('GET /jwks HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50))
    }
  }
  const drip = setInterval(() => {
    for (const [index, socket] of sockets.entries()) if (index % 2 === 0) socket.write('x')
  }, 500)
  // Once what they all asked at once is answered: twice what it was, and some for a machine with other things to do.
  await expect.poll(times, { timeout: 30_000 }).toBeLessThan(2 * healthy + 30)
  clearInterval(drip)
  expect(memory(child.pid as number) - before).toBeLessThan(150 * 2 ** 20)
})

it('F15: told to stop under load, it is unready first, cuts nobody off, and loses nothing that it said', async () => {
  await victim.remove()
  victim = await createVictim(undefined, {
    GRANTOR_ISSUER: 'https://id.example.test',
    GRANTOR_HOST: '127.0.0.1',
  })
  const server = await victim.start()
  const sessions = (await victim.signIn(8)).map((one): Session => ({ ...one, signOut: 'not asked' }))
  const lanes = sessions.map((session, index): Lane => {
    const service = { ...victim.services[index], live: [], unsure: [], revoked: [] } as Lane['service']
    return { sessions: [session], connections: [], service }
  })
  const client = createClient(victim)
  const balancer = { sends: true }
  const driven = lanes.map((lane) =>
    drive(client, lane, { gone: () => false, chance: Math.random, done: () => !balancer.sends }),
  )
  await sleep(400)
  const began = performance.now()
  server.child.kill('SIGTERM')
  await expect.poll(async () => (await client.send('/health/ready')).status, { timeout: 4000 }).toBe(503)
  // It takes a while to notice, and is served meanwhile.
  await sleep(1000)
  balancer.sends = false
  for (const { requests, fault } of await Promise.all(driven)) {
    expect(fault).toBeUndefined()
    expect(requests).toBeGreaterThan(1)
  }
  expect(client.surprises).toEqual([])
  expect(await server.ended).toBe(0)
  expect(performance.now() - began).toBeLessThan(25_000)
  expect(existsSync(`${victim.file}-wal`)).toBe(false)
  expect(server.log().at(-1)).toMatchObject({ msg: 'stopped' })
  await victim.start()
  expect(await broken(victim, createClient(victim), lanes)).toEqual([])
})
