// Owns putting a backup in the place of a SQLite database, without what it held coming back to life (F09).
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { copy, mark, toDisk, verify } from './backup.js'
import { sqliteFault } from './fault.js'
import { openSqlite } from './sqlite.js'
import { type Client, openDatabase } from './sqlite-driver.js'
import { applicationId, backupId, epochFile, epochOutside } from './sqlite-file.js'

/** A restored database that does not stand in its place yet. */
export type Staged = {
  readonly file: string
  /** What was done since the backup was taken and is undone by it, oldest first; empty where that cannot be read. */
  readonly undone: readonly Undone[]
  /** False when what is there could not be read, so that nothing proves that the server has been stopped. */
  readonly locked: boolean
  /** Puts it in its place; answers where what was there before is kept. */
  swap(): string | undefined
  /** Gives everything back; nothing has happened unless `swap` was called. */
  release(): void
}

/** What was written down at `at` (epoch seconds). */
export type Undone = {
  readonly at: number
  readonly type: string
  readonly sub: string | null
  readonly clientId: string | null
}

type Present = {
  readonly client: Client | undefined
  readonly epoch: number
  readonly lists: readonly number[]
}

/** Seconds that a revocation is told: a token lives a day, and clocks differ. */
const told = 86_700
/** Of an authenticator app (RFC 6238). */
const period = 30

/**
 * Makes, beside the database in `file`, a database of the backup in `source`: verified, of the present schema, and
 * with everything ended that somebody may have ended or used since. Signing keys are the caller's to replace.
 * @throws Error with one sentence when the server is running or the backup is not one or not whole
 */
export async function stage(source: string, file: string, now: number): Promise<Staged> {
  if (!existsSync(source)) throw new Error(`there is no file ${source}`)
  const present = seize(file)
  const part = `${file}.restoring`
  const discard = () => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(part + suffix, { force: true })
  }
  try {
    discard()
    const { undone, epoch } = await attempt(async () => {
      writeFileSync(part, '', { mode: 0o600, flag: 'wx' })
      await copy(source, part)
      mark(part, { from: backupId, to: applicationId })
      verify(part)
      const { close } = await openSqlite(part, { migrate: true })
      await close()
      return endEverything(part, present, now)
    })
    return {
      file: part,
      undone,
      locked: present.client !== undefined,
      swap: () => swap(part, file, epoch, now),
      release() {
        discard()
        present.client?.close()
      },
    }
  } catch (thrown) {
    discard()
    present.client?.close()
    throw thrown
  }

  async function attempt<R>(work: () => Promise<R>): Promise<R> {
    try {
      return await work()
    } catch (thrown) {
      throw new Error(`the backup ${source} cannot be used: ${sqliteFault(thrown).message}`)
    }
  }
}

/** Locks out every other process; a server that runs holds a lock that this needs. */
function seize(file: string): Present {
  const outside = epochOutside(file)
  const nothing = { client: undefined, epoch: outside, lists: [] }
  if (!existsSync(file)) return nothing
  let client: Client | undefined
  try {
    client = openDatabase(file, { fileMustExist: true, timeout: 0 })
    // Writes the log into the file, too, so that nothing of it is left beside what takes its place.
    if (client.pragma('journal_mode = DELETE', { simple: true }) !== 'delete') throw busy(file)
    client.exec('BEGIN EXCLUSIVE')
    if (client.pragma('application_id', { simple: true }) !== applicationId) {
      throw new Error(`${file} belongs to another program`)
    }
    const epoch = Math.max(outside, Number(client.pragma('user_version', { simple: true })))
    return { client, epoch, lists: listsOf(client) }
  } catch (thrown) {
    client?.close()
    const { code } = thrown as { code?: string }
    if (code?.startsWith('SQLITE_BUSY')) throw busy(file)
    // Damaged: that is why there is to be another.
    if (code !== undefined) return nothing
    throw thrown
  }
}

function busy(file: string): Error {
  return new Error(`the database ${file} is in use: stop the server first`)
}

function listsOf(client: Client): number[] {
  if (!client.prepare("select 1 from sqlite_schema where name = 'status_list'").get()) return []
  return client.prepare('select id from status_list').pluck().all() as number[]
}

/**
 * What was revoked, used or rotated after the backup is not known to it, so everything that can be is ended now:
 * the global not-before. Passwords, passkeys and apps stay, for without them nobody could begin again.
 */
function endEverything(
  part: string,
  present: Present,
  now: number,
): { readonly undone: Undone[]; readonly epoch: number } {
  const client = openDatabase(part, { fileMustExist: true })
  try {
    const undone = present.client === undefined ? [] : doneSince(client, present.client)
    const epoch = Math.max(present.epoch, Number(client.pragma('user_version', { simple: true }))) + 1
    const lists = [...listsOf(client), ...present.lists]
    const newest = Math.max(0, ...lists)
    client.exec('BEGIN IMMEDIATE')
    client.pragma(`user_version = ${epoch}`)
    const run = (text: string, ...values: number[]) => void client.prepare(text).run(...values)
    // Whose sessions end is told to the apps, as at every sign-out.
    run(
      'update logout_call set due_at = ?, expires_at = max(expires_at, ?) where due_at is null',
      now,
      now + told,
    )
    for (const table of [
      'session',
      'interaction',
      'pushed_request',
      'action_token',
      'factor_removal',
      'recovery_code',
      'consent',
    ]) {
      run(`delete from ${table}`)
    }
    // A code of one step ahead is accepted, so the next step may have been used.
    run('update totp set last_step = max(last_step, ?)', Math.floor(now / period) + 1)
    run(
      "update access_grant set revoked_at = ?, revoked_reason = 'database restored' where revoked_at is null",
      now,
    )
    // Every place of a list that is withdrawn is revoked, also those given out since. The list after the newest may
    // have been begun since, too.
    run('delete from revocation')
    const withdraw = client.prepare(
      `insert into status_list (id, taken, expires_at) values (?, -1, ?)
        on conflict do update set taken = excluded.taken, expires_at = excluded.expires_at`,
    )
    if (newest > 0) for (const list of new Set([...lists, newest + 1])) withdraw.run(list, now + told)
    // By the clock, so that a second restore of one backup opens another list even where the first was lost.
    run('insert into status_list (id, taken) values (?, 0)', Math.max(newest + 2, Math.floor(now / 60)))
    client.exec('COMMIT')
    return { undone, epoch }
  } finally {
    client.close()
  }
}

/** What people and administrators have changed; sign-ins and their like leave nothing behind. */
function doneSince(backup: Client, present: Client): Undone[] {
  try {
    const last = backup.prepare('select max(id) from audit').pluck().get() ?? ''
    return present
      .prepare(
        `select at, type, sub, client_id as clientId from audit where id > ?
          and type not like 'user.sign%' and type not like '%failed' and type not like '%\\_asked' escape '\\'
          order by id`,
      )
      .all(last) as Undone[]
  } catch {
    return []
  }
}

function swap(part: string, file: string, epoch: number, now: number): string | undefined {
  const kept = existsSync(file) ? `${file}.before-${now}` : undefined
  toDisk(part)
  if (kept !== undefined) linkSync(file, kept)
  // The log of a damaged database would be taken for that of the new one.
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, (kept ?? `${file}.before-${now}`) + suffix)
  }
  renameSync(part, file)
  writeFileSync(epochFile(file), `${epoch}\n`, { mode: 0o600, flush: true })
  toDisk(path.dirname(path.resolve(file)))
  return kept
}
