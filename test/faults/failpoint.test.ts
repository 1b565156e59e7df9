// F01 at chosen moments: before a commit, between commit and answer, after a signature, in each step of a rotation.
import { rmSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { endAll } from '../cli/process.js'
import { broken } from './check.js'
import { type Client, type Connection, createClient, type Service, type Session } from './client.js'
import type { Lane } from './load.js'
import { createVictim, type Failpoint, type Victim } from './victim.js'

let victim: Victim
beforeAll(async () => {
  victim = await createVictim()
})
afterEach(() => victim.kill())
afterAll(async () => {
  await victim?.remove()
  endAll()
})

type Scene = { client: Client; connection: Connection; service: Service; session: Session }

/** What is asked for, and what the store says of it once it is committed. */
const operations: Record<
  string,
  { ask: (scene: Scene) => Promise<unknown>; happened: (scene: Scene) => Promise<boolean>; signs?: true }
> = {
  'a code is exchanged': {
    ask: ({ client, connection }) => client.redeem(connection),
    happened: async ({ client, connection }) => (await client.exchange(connection.code)).status === 400,
    signs: true,
  },
  'a refresh token is rotated': {
    ask: async ({ client, connection }) => client.rotate(connection),
    // In its grace the old token gives the successor that nobody has seen, so only the store can tell.
    happened: ({ connection }) =>
      victim.withStore(async ({ grants }) => {
        const [id = '', generation] = connection.refreshTokens.at(-1)?.split('.') ?? []
        return (await grants.find(id))?.generation === Number(generation) + 1
      }),
    signs: true,
  },
  'a refresh token is revoked': {
    ask: ({ client, connection }) => client.revoke(connection),
    happened: async ({ client, connection }) =>
      !(await client.isActive(connection.accessTokens.at(-1) ?? '')),
  },
  'a code is stolen': {
    ask: ({ client, connection }) => client.steal(connection),
    happened: async ({ client, connection }) =>
      !(await client.isActive(connection.accessTokens.at(-1) ?? '')),
  },
  'a person signs out': {
    ask: ({ client, connection }) => client.signOut(connection),
    happened: async ({ client, session }) => (await client.silently(session)) === 'login_required',
  },
  'a service takes its tokens back': {
    ask: ({ client, service }) => client.withdraw(service),
    happened: async ({ client, service }) => !(await client.isActive(service.unsure[0] ?? '', service)),
  },
}

describe('F01: the process ends', () => {
  const places = Object.entries(operations).flatMap(([name, { signs }]) => {
    const moments: Failpoint['at'][] = [
      'before commit',
      'after commit',
      ...(signs ? ['after signature' as const] : []),
    ]
    return moments.map((at) => [at, name] as const)
  })

  it.each(places)('%s, when %s', async (at, name) => {
    const { ask, happened } = operations[name] as (typeof operations)[string]
    const file = `${victim.folder}/now`
    const server = await victim.start({ at, file })
    const scene = await prepare(createClient(victim), name)
    writeFileSync(file, '')
    await expect(ask(scene)).rejects.toThrow(/socket|ECONN|cut off/)
    expect(await server.ended).toBe('SIGKILL')
    rmSync(file)
    scene.client.hangUp()

    await victim.start()
    const { connection, service, session } = scene
    const client = createClient(victim)
    const there = await happened({ ...scene, client })
    if (at !== 'after signature') expect(there).toBe(at === 'after commit')
    // What is asked of a code counts as its exchange; the replay is of everything else.
    const lane: Lane = {
      sessions: [session],
      connections: name === 'a code is exchanged' ? [] : [connection],
      service,
    }
    expect(await broken(victim, client, [lane])).toEqual([])
  })

  async function prepare(client: Client, name: string): Promise<Scene> {
    const [signedIn] = await victim.signIn(1)
    const session: Session = { ...(signedIn as Session), signOut: 'not asked' }
    const service: Service = { ...(victim.services[0] as Service), live: [], unsure: [], revoked: [] }
    // The first token of a server reserves status list entries, which is a commit of its own.
    await client.redeem(await client.begin(session, true))
    const connection = await client.begin(session, true)
    await client.serve(service)
    if (name !== 'a code is exchanged') await client.redeem(connection)
    return { client, connection, service, session }
  }
})

describe('F01, F13: a rotation of keys that is cut off', () => {
  const day = 86_400
  const moments: Failpoint['at'][] = ['before commit', 'after commit']

  /** I3, on a server that serves: what it signs with is published, one key of each algorithm is active. */
  async function signsWhatIsPublished(clock = 0): Promise<Set<string>> {
    const client = createClient(victim)
    const service: Service = { ...(victim.services[1] as Service), live: [], unsure: [], revoked: [] }
    await client.serve(service)
    const [token = ''] = service.live
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
    const kids = JSON.parse((await client.send('/jwks')).text).keys.map((key: { kid: string }) => key.kid)
    expect(kids).toContain(kid)
    expect(await client.isActive(token, service)).toBe(true)
    const { out } = await victim.command(['key', 'list', '--json'], undefined, { clock })
    const active = (JSON.parse(out) as { alg: string; state: string }[]).filter(
      ({ state }) => state === 'active',
    )
    expect(active.map(({ alg }) => alg).sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256'])
    return new Set(kids)
  }

  it.each([
    ['a key that is to follow', []],
    ['a key that has leaked', ['--now']],
  ])('by command, of %s, leaves the server signing with published keys', async (_what, more) => {
    await victim.start()
    const rotate = ['key', 'rotate', '--alg', 'ES256', '--json', ...more]
    for (let count = 1, cut = true; cut; count++) {
      cut = false
      for (const at of moments) {
        const { out } = await victim.command(rotate, { at, count })
        cut ||= out === ''
        await signsWhatIsPublished()
      }
      expect(count).toBeLessThan(10)
    }
  })

  it('by schedule, at each commit of each step', async () => {
    await victim.start()
    let known = await signsWhatIsPublished()
    await victim.kill()
    for (const [step, clock] of [
      ['publish', 89.5 * day],
      ['retire and activate', 91 * day],
      ['remove', 93 * day],
    ] as const) {
      for (const moment of moments) {
        const cut = await victim.start({ at: moment }, { clock }).then(
          () => false,
          () => true,
        )
        // What one attempt has done is not done again by the next.
        if (moment === 'before commit') expect(cut, step).toBe(true)
        await victim.kill()
      }
      await victim.start(undefined, { clock })
      const kids = await signsWhatIsPublished(clock)
      if (step !== 'remove') for (const kid of known) expect([...kids], step).toContain(kid)
      else expect([...known].filter((kid) => kids.has(kid)).length).toBeLessThan(known.size)
      known = kids
      await victim.kill()
    }
    expect(victim.damage()).toEqual([])
  })
})
