// F08: a clock that is wrong, across restarts. What is used stays used: that is a state, not a time.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { endAll } from '../cli/process.js'
import { type Connection, createClient, type Service, type Session } from './client.js'
import { createVictim, type Victim } from './victim.js'

let victim: Victim
beforeAll(async () => {
  victim = await createVictim()
})
afterAll(async () => {
  await victim?.remove()
  endAll()
})

const hour = 3600
const year = 31_557_600

it('F08: an hour ahead, an hour behind, ten years ahead and back again', async () => {
  const sessions = (await victim.signIn(3)).map((one): Session => ({ ...one, signOut: 'not asked' }))
  const [kept, left, other] = sessions as [Session, Session, Session]
  await victim.start()
  const before = createClient(victim)
  const begun = async (session: Session, bound: boolean) => {
    const connection = await before.begin(session, bound)
    await before.redeem(connection)
    return connection
  }
  const [revoked, stolen, signedOut] = [
    await begun(kept, false),
    await begun(kept, false),
    await begun(left, true),
  ]
  await before.revoke(revoked)
  await before.steal(stolen)
  await before.signOut(signedOut)
  const service: Service = { ...(victim.services[0] as Service), live: [], unsure: [], revoked: [] }
  await before.serve(service)
  await before.withdraw(service)
  const ended: Connection[] = [revoked, stolen, signedOut]
  expect([...ended.slice(0, 2).map(({ end }) => end), left.signOut]).toEqual(['done', 'done', 'done'])
  await before.serve(service)
  const [present = ''] = service.live
  await victim.kill()

  for (const clock of [hour, -hour, 10 * year, 0]) {
    await victim.start(undefined, { clock })
    const client = createClient(victim)
    for (const { code, refreshTokens, accessTokens } of ended) {
      expect((await client.exchange(code)).status, `${clock}`).toBe(400)
      for (const token of refreshTokens) expect((await client.refresh(token)).status, `${clock}`).toBe(400)
      for (const token of accessTokens) expect(await client.isActive(token), `${clock}`).toBe(false)
    }
    expect(await client.silently(left), `${clock}`).toBe('login_required')
    for (const token of service.revoked) expect(await client.isActive(token, service)).toBe(false)
    // Made in the present: over in an hour, and an hour ago not made yet.
    expect(await client.isActive(present, service), `${clock}`).toBe(clock === 0)
    expect(await client.silently(other), `${clock}`).toBe(clock > 0 ? 'login_required' : 'signed in')
    expect(client.surprises).toEqual([])
    await victim.kill()
  }
})
