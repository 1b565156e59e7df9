// F01: the server is killed again and again under mixed load, and what it had answered is held against it.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endAll } from '../cli/process.js'
import { broken } from './check.js'
import { createClient, type Session } from './client.js'
import { drive, type Lane } from './load.js'
import { createVictim, type Victim } from './victim.js'

/** Asked for, all are run; else as many of fifty as a slow machine manages in the time. */
const { FAULT_ROUNDS } = process.env
const rounds = Number(FAULT_ROUNDS ?? 50)
const budgetMs = FAULT_ROUNDS === undefined ? 35_000 : Number.POSITIVE_INFINITY
const fewest = 5
/** What is looked at again every round, of each lane; older history is sampled. */
const remembered = { connections: 6, sessions: 4, tokens: 6 }

let victim: Victim
beforeAll(async () => {
  victim = await createVictim()
})
afterAll(async () => {
  await victim?.remove()
  endAll()
})

const drawn = <T>(list: T[], count: number) => list.toSorted(() => Math.random() - 0.5).slice(0, count)
const keep = <T>(list: T[], count: number) => void list.splice(0, list.length, ...drawn(list, count))

it('F01, I1, I2, I3, I5, I6, I8: kill -9 under load, again and again, and nothing that was answered is undone', async () => {
  const past: Lane[] = victim.services.map((service) => ({
    sessions: [],
    connections: [],
    service: { ...service, live: [], unsure: [], revoked: [] },
  }))
  const began = performance.now()
  const told = { rounds: 0, requests: 0 }
  for (let round = 0; round < rounds; round++) {
    if (round >= fewest && performance.now() - began > budgetMs) break
    const fresh = await victim.signIn(16)
    for (const [index, lane] of past.entries()) {
      const mine = fresh
        .slice(index * 2, index * 2 + 2)
        .map((one): Session => ({ ...one, signOut: 'not asked' }))
      lane.sessions.push(...mine)
    }
    await victim.start()
    const client = createClient(victim)
    const checked = await broken(victim, client, past)
    expect(checked, `round ${round}`).toEqual([])
    for (const { sessions, connections, service } of past) {
      keep(sessions, remembered.sessions)
      keep(connections, remembered.connections)
      keep(service.live, remembered.tokens)
      keep(service.revoked, remembered.tokens)
    }
    const state = { gone: false }
    const driven = past.map((lane) => drive(client, lane, { gone: () => state.gone, chance: Math.random }))
    await sleep(50 + Math.random() * 350)
    state.gone = true
    await victim.kill()
    for (const { requests, fault } of await Promise.all(driven)) {
      expect(fault, `round ${round}`).toBeUndefined()
      told.requests += requests
    }
    told.rounds += 1
    client.hangUp()
    expect(client.surprises, `round ${round}`).toEqual([])
  }
  await victim.start()
  expect(await broken(victim, createClient(victim), past)).toEqual([])
  console.info(`F01: ${told.rounds} kills, ${told.requests} requests answered before them`)
  expect(told.requests).toBeGreaterThan(told.rounds)
})
