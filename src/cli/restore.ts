// Owns `grantor restore`: a backup in the place of the database, with new keys, and nobody signed in.
import type { Command } from 'commander'
import { pino } from 'pino'
import { openStore } from '../store/open.js'
import { type Staged, stage, type Undone } from '../store/restore.js'
import { table, time } from './text.js'
import { addVerb, Failure, type Verb } from './verb.js'
import { configOf, openKeys, record, sqliteFile } from './work.js'
import type { World } from './world.js'

const restore: Verb<unknown> = {
  usage: 'restore <file>',
  about: 'put a backup in the place of the SQLite database; the server must be stopped',
  example: 'npx grantor restore /var/backups/grantor-monday.db',
  run: async (world, _options, source = '') => {
    const config = configOf(world)
    const file = sqliteFile(config.databaseUrl)
    if (file === undefined) throw new Failure('PostgreSQL has its own backups: use pg_restore or psql.')
    const staged = await stage(source, file, world.now())
    try {
      await replaceKeys(world, staged)
      const kept = staged.swap()
      return {
        value: { restored: file, ...(kept !== undefined && { kept }), undone: staged.undone.map(toWire) },
        text: `${file} is as in the backup. Everybody signs in again, and every app asks again.`,
        notes: [...notes(staged, kept)],
      }
    } finally {
      staged.release()
    }
  },
}

export function register(program: Command, world: World): void {
  addVerb(program, world, restore)
}

/** Proves that the master key opens what was restored, before it is in place; and ends what the old keys have signed. */
async function replaceKeys(world: World, { file }: Staged): Promise<void> {
  const config = configOf(world)
  const store = await openStore(`file:${file}`)
  try {
    const work = { ...world, config, store }
    if ((await store.keys.all()).length > 0) {
      const { keyring } = await openKeys(work, pino({ level: 'silent' }))
      await keyring.rotate(undefined, { immediately: true })
    }
    await record(work, { type: 'database.restored' })
    await store.committed(0)
  } finally {
    await store.close()
  }
}

function* notes({ undone, locked }: Staged, kept: string | undefined): Generator<string> {
  if (kept !== undefined)
    yield `What was there before is kept as ${kept}: it holds secrets, so delete it in time.`
  if (kept !== undefined && !locked) {
    yield 'It could not be read, so nothing can be told of what was done since the backup.'
  }
  if (undone.length > 0) {
    yield `Undone, and perhaps to be done again:\n${table(['at', 'what', 'user', 'client'], undone.map(cells), '')}`
  }
}

function cells({ at, type, sub, clientId }: Undone): (string | undefined)[] {
  return [time(at), type, sub ?? undefined, clientId ?? undefined]
}

function toWire({ at, type, sub, clientId }: Undone): object {
  return { at, type, ...(sub !== null && { sub }), ...(clientId !== null && { client_id: clientId }) }
}
