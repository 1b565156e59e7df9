// Owns what a command works with: the configuration, the database it names, and the trace it leaves there.
import { existsSync, readFileSync } from 'node:fs'
import { type Config, readConfig } from '../config.js'
import { newId } from '../crypto/handle.js'
import { createKeyring, type Keyring } from '../crypto/keyring.js'
import { deriveSecrets, type Secrets } from '../crypto/secrets.js'
import { auditRetention } from '../protocol/audit-retention.js'
import { openStore } from '../store/open.js'
import type { AuditRecord, Store } from '../store/store.js'
import { openMasterKey } from './master-key-file.js'
import { Failure } from './verb.js'
import type { World } from './world.js'

export type Work = World & { readonly config: Config; readonly store: Store }

export function configOf(world: Pick<World, 'env'>): Config {
  return readConfig(world.env, (file) => readFileSync(file, 'utf8'))
}

/** Opens the configured database for one piece of work; what the work wrote is on disk when this resolves. */
export async function withStore<T>(world: World, work: (work: Work) => Promise<T>): Promise<T> {
  const config = configOf(world)
  const mayChange = config.development
  const store = await openDatabase(config, { create: mayChange, migrate: mayChange })
  try {
    const result = await work({ ...world, config, store })
    await store.committed(0)
    return result
  } finally {
    await store.close()
  }
}

/**
 * Opens the database. A SQLite file that is missing is made only when `create` says so: elsewhere a wrong path
 * or a lost disk must not pass for a new installation (F06). An older schema is brought up to date only when
 * `migrate` says so: a newer command must not do that beside an older server.
 */
export async function openDatabase(
  { databaseUrl }: Pick<Config, 'databaseUrl'>,
  { create, migrate }: { readonly create: boolean; readonly migrate: boolean },
): Promise<Store> {
  if (!create) existingFile({ databaseUrl })
  return openStore(databaseUrl, { migrate })
}

/**
 * The path of a SQLite database; undefined for any other.
 * @throws Failure when there is no such file
 */
export function existingFile({ databaseUrl }: Pick<Config, 'databaseUrl'>): string | undefined {
  const file = sqliteFile(databaseUrl)
  if (file !== undefined && !existsSync(file)) {
    throw new Failure(
      `There is no database ${file}. If that is a surprise, check GRANTOR_DATABASE_URL and your backup; ` +
        'for a new installation run: grantor migrate',
    )
  }
  return file
}

/** The path of a SQLite database, there or not; undefined for any other. */
export function sqliteFile(databaseUrl: string): string | undefined {
  return databaseUrl.startsWith('file:') ? databaseUrl.slice('file:'.length) : undefined
}

/** Opens the signing keys that the database holds. */
export async function openKeys(
  { config, store, random, now }: Pick<Work, 'config' | 'store' | 'random' | 'now'>,
  log: Parameters<typeof createKeyring>[0]['log'],
): Promise<{ secrets: Secrets; keyring: Keyring }> {
  const secrets = await openSecrets({ config, store, random })
  return { secrets, keyring: await createKeyring({ store, secrets, config, now, random, log }) }
}

/** Opens the master key, and derives from it what is bound to a purpose. */
export async function openSecrets({
  config,
  store,
  random,
}: Pick<Work, 'config' | 'store' | 'random'>): Promise<Secrets> {
  const keysPresent = (await store.keys.all()).length > 0
  return deriveSecrets(openMasterKey(config, { keysPresent, random }))
}

type Trace = Pick<AuditRecord, 'type' | 'sub' | 'clientId' | 'grantId' | 'sessionId' | 'detail'>

/** Writes down what the command did. */
export async function record({ store, now, random }: Work, trace: Trace): Promise<void> {
  const at = now()
  const detail = { by: 'command line', ...trace.detail }
  await store.audit.record({ id: newId(at, random), at, expiresAt: at + auditRetention, ...trace, detail })
}
