// An account with any number of sessions and connections, as years leave it behind (EX06).
import { newId } from '../../src/crypto/handle.js'
import { aGrant, aSession } from './rows.js'
import type { TestServer } from './server.js'

export type Sizes = { readonly sessions: number; readonly connections: number; readonly apps: number }

/** Adds sessions, and connections that were begun in them: half of each bound to the session, half durable. */
export async function fillAccount(server: TestServer, sub: string, { sessions, connections, apps }: Sizes) {
  const { store, random, status } = server.deps
  const at = server.clock.now
  const clientIds: string[] = []
  for (let i = 0; i < apps; i++) {
    const { client } = await server.addClient('web', { backchannel_logout_uri: 'https://app.test/logout' })
    clientIds.push(client.id)
    await store.consents.put(sub, client.id, { scope: ['openid'], resources: [] }, at)
  }
  const sids: string[] = []
  await inTens(sessions, async (i) => {
    const id = newId(at, random)
    sids[i] = `sid-${id}`
    const facts = { sid: sids[i] ?? '', authTime: at, createdAt: at, lastSeenAt: at - sessions + i }
    const ends = { idleExpiresAt: at + 3600, expiresAt: at + 86_400 }
    await store.sessions.create(aSession(id, sub, { ...facts, ...ends }))
  })
  await inTens(connections, async (i) => {
    const clientId = clientIds[i % apps] ?? ''
    const sid = sids[i % sessions] ?? ''
    const { list, index } = await status.place()
    const bound = { sid, sessionBound: i % 2 === 0, statusList: list, statusIndex: index }
    const times = { createdAt: at, expiresAt: at + 7_776_000 }
    await store.grants.create(aGrant(newId(at, random), sub, clientId, { ...bound, ...times }))
    await store.logoutCalls.owe({ sid, sub, clientId, expiresAt: at + 86_400 })
  })
  return { clientIds, sids }
}

async function inTens(count: number, work: (index: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += 10) {
    const some = Array.from({ length: Math.min(10, count - from) }, (_, i) => work(from + i))
    await Promise.all(some)
  }
}
