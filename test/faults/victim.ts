// Owns the server that is made to suffer: the built program in a process of its own, and what is in its database.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { pino } from 'pino'
import { readConfig } from '../../src/config.js'
import { hashSecret, newHandle, newId, newSecret } from '../../src/crypto/handle.js'
import { createKeyring } from '../../src/crypto/keyring.js'
import { newMasterKey, parseMasterKey } from '../../src/crypto/master-key.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import { openStore } from '../../src/store/open.js'
import { openDatabase } from '../../src/store/sqlite-driver.js'
import type { Store } from '../../src/store/store.js'
import { freePort } from '../cli/call.js'
import { type Environment, grantor, type Running, start } from '../cli/process.js'
import { quickKeys } from '../support/keys.js'
import { aNewUser, aSession } from '../support/rows.js'
import { temporaryFolder } from '../support/stores.js'
import { aClient, aResource } from '../support/values.js'

/** Where the process ends itself, and at which time it happens. */
export type Failpoint = {
  at: 'before commit' | 'after commit' | 'after signature' | 'before statement' | 'after statement'
  count?: number
  /** Only what happens while there is such a file counts. */
  file?: string
}

export type Credentials = { readonly id: string; readonly secret: string }
/** Somebody who is signed in: the cookie's value. */
export type SignedIn = { readonly handle: string; readonly sid: string }

export type Victim = Awaited<ReturnType<typeof createVictim>>

export const api = 'https://api.test'
const person = 'u_person'
const preload = new URL('./failpoint.mjs', import.meta.url).href

const now = () => Math.floor(Date.now() / 1000)

/** A database with an app, some services, an API and a person; nothing runs yet. `folder` is kept when it is given. */
export async function createVictim(given?: string, settings: Environment = {}) {
  const { folder, remove } = given === undefined ? temporaryFolder() : { folder: given, remove: () => {} }
  const port = String(await freePort())
  const base = `http://localhost:${port}`
  const issuer = settings.GRANTOR_ISSUER ?? base
  const file = path.join(folder, 'grantor.db')
  const env: Environment = {
    GRANTOR_ISSUER: issuer,
    GRANTOR_PORT: port,
    GRANTOR_DATABASE_URL: `file:${file}`,
    GRANTOR_MASTER_KEY_FILE: path.join(folder, 'master.key'),
    ...settings,
  }
  let running: Running | undefined

  /** For what only a browser or an administrator could bring about; the server may be running. */
  async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore(`file:${file}`)
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }

  async function client(store: Store, kind: 'web' | 'service', id: string): Promise<Credentials> {
    const metadata = {
      ...(kind === 'web' && { rotate_refresh_token: true }),
      ...(kind === 'service' && { resources: [api] }),
    }
    const row = aClient(kind, metadata, { id, ownGrantId: newId(now(), randomBytes) })
    await store.clients.create(row)
    const secret = newSecret(randomBytes)
    await store.clients.addSecret({
      id: `s-${id}`,
      clientId: id,
      hash: hashSecret(secret),
      createdAt: now(),
    })
    return { id, secret }
  }

  const masterKey = newMasterKey(randomBytes)
  writeFileSync(env.GRANTOR_MASTER_KEY_FILE as string, masterKey, { mode: 0o600 })
  const made = await withStore(async (store) => {
    const secrets = deriveSecrets(parseMasterKey(masterKey))
    const config = readConfig(env, () => '')
    const rest = { secrets, config, now, random: randomBytes, log: pino({ level: 'silent' }) }
    await createKeyring({ store, ...rest, generate: quickKeys() })
    await store.users.create(aNewUser(person))
    await store.resources.create(aResource(api, ['read']))
    const app = await client(store, 'web', 'app')
    const services: Credentials[] = []
    for (let i = 0; i < 8; i++) services.push(await client(store, 'service', `service-${i}`))
    const agreed = { scope: ['openid', 'offline_access', 'read'], resources: [api, issuer] }
    await store.consents.put(person, app.id, agreed, now())
    return { app, services }
  })

  return {
    ...made,
    folder,
    file,
    /** Where it listens, which is not its issuer in production. */
    base,
    issuer,
    env,
    withStore,
    /** People who have signed in, one session each. */
    async signIn(count: number): Promise<SignedIn[]> {
      return withStore(async (store) => {
        const signedIn: SignedIn[] = []
        for (let i = 0; i < count; i++) {
          const id = newId(now(), randomBytes)
          const { handle, hash } = newHandle(id, randomBytes)
          const sid = newSecret(randomBytes)
          const at = now()
          const times = { authTime: at, createdAt: at, lastSeenAt: at }
          const ends = { idleExpiresAt: at + 3600, expiresAt: at + 86_400 }
          await store.sessions.create(aSession(id, person, { secretHash: hash, sid, ...times, ...ends }))
          signedIn.push({ handle, sid })
        }
        return signedIn
      })
    },
    /** Resolves when it is ready. `clock` is by how many seconds it is wrong. */
    async start(failpoint?: Failpoint, { clock = 0 } = {}): Promise<Running> {
      running = await start(afflicted(env, failpoint, clock))
      return running
    },
    /** One command beside the server. */
    command: (args: string[], failpoint?: Failpoint, { clock = 0 } = {}) =>
      grantor(afflicted(env, failpoint, clock), args),
    /** kill -9. */
    async kill(): Promise<void> {
      running?.child.kill('SIGKILL')
      await running?.ended
    },
    async stop(): Promise<void> {
      running?.child.kill('SIGTERM')
      await running?.ended
    },
    /** What the database's own checks say (I5); nothing when it is whole. */
    damage(): unknown[] {
      const raw = openDatabase(file, { readonly: true })
      try {
        const found = (raw.pragma('integrity_check') as { integrity_check: string }[]).filter(
          ({ integrity_check }) => integrity_check !== 'ok',
        )
        return [...found, ...(raw.pragma('foreign_key_check') as unknown[])]
      } finally {
        raw.close()
      }
    },
    async remove(): Promise<void> {
      running?.child.kill('SIGKILL')
      await running?.ended
      remove()
    },
  }
}

function afflicted(env: Environment, failpoint: Failpoint | undefined, clock: number): Environment {
  return failpoint === undefined && clock === 0 ? env : { ...env, ...failing(failpoint, clock) }
}

/** What makes a process of ours end itself, or believe in another time. */
export function failing(failpoint: Failpoint | undefined, clock = 0): Environment {
  return {
    NODE_OPTIONS: `--import ${preload}`,
    FAULT_CLOCK: String(clock),
    ...(failpoint && { FAULT_AT: failpoint.at, FAULT_COUNT: String(failpoint.count ?? 1) }),
    ...(failpoint?.file !== undefined && { FAULT_FILE: failpoint.file }),
  }
}
