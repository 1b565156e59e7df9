// Owns whether a file may be used as our SQLite database: that it is ours, whole, and not an old one.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteFault } from './fault.js'
import { type Client, openDatabase } from './sqlite-driver.js'

/** 'Grnt', in the header of the file: tells our databases from other programs'. */
export const applicationId = 0x47_72_6e_74
/** 'Grnb': of a backup, which only a restore makes a database again. */
export const backupId = 0x47_72_6e_62
/** 'GrnM': what was in it goes on elsewhere, and would be old here. */
const movedId = 0x47_72_6e_4d
/** Larger files are trusted to their page headers: reading them whole would delay the start by seconds. */
const wholeCheckLimit = 64 * 2 ** 20
/** Milliseconds that the whole process waits for a lock while it starts (F05). */
const lockPatience = 5000
/** Milliseconds. */
const patience = 2000
const pause = 50

/**
 * Answers whether the file is yet to be made. One that is empty, or gone while its log is there, was damaged: a
 * new database in its place would hide that.
 */
export async function prepareFile(file: string): Promise<boolean> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const sizeNow = () => statSync(file, { throwIfNoEntry: false })?.size
  let size = sizeNow()
  // Another process may have begun to make it just now, and then it soon has a first page (F16).
  for (let waited = 0; size === 0 && waited < patience; waited += pause) {
    await sleep(pause)
    size = sizeNow()
  }
  if (size === 0) {
    throw new Error(`the database ${file} is an empty file: restore a backup, or delete it to start afresh`)
  }
  if (size === undefined && existsSync(`${file}-wal`)) {
    throw new Error(`the database ${file} is missing but its log ${file}-wal is there: restore the database`)
  }
  return size === undefined
}

export function load(file: string): Client {
  try {
    return openDatabase(file, { timeout: lockPatience })
  } catch (thrown) {
    throw new Error(`the database ${file} cannot be opened: ${(thrown as Error).message}`)
  }
}

/** Throws one sentence when the file must not be used as it is. */
export function examine(client: Client, file: string): void {
  let verdict: unknown
  try {
    // In this order: who makes the tables at this moment has marked them as ours with the same commit (F16).
    const content = client.prepare('select count(*) from sqlite_schema').pluck().get()
    const owner = client.pragma('application_id', { simple: true })
    if (owner === backupId) verdict = 'it is a backup, to be put in place with `grantor restore`'
    else if (owner === movedId) verdict = 'it was moved to PostgreSQL, where GRANTOR_DATABASE_URL should lead'
    else if (content !== 0 && owner !== applicationId) verdict = 'it belongs to another program'
    else if (Number(client.pragma('user_version', { simple: true })) < epochOutside(file)) {
      verdict = 'it is older than the last restore, and would bring back what has ended since'
    } else if (content !== 0 && statSync(file).size <= wholeCheckLimit) {
      const found = client.pragma('quick_check(1)', { simple: true })
      if (found !== 'ok') verdict = found
    }
  } catch (thrown) {
    const fault = sqliteFault(thrown)
    verdict = fault.message
  }
  if (verdict) throw new Error(`the database ${file} cannot be used: ${verdict}`)
}

/** From now on it is refused: two databases that both go on would each revive what the other revokes. */
export function markMoved(client: Client): void {
  client.pragma(`application_id = ${movedId}`)
}

/** Where the number of restores is kept beside the database, which has it as its user_version (F09). */
export function epochFile(file: string): string {
  return `${file}.epoch`
}

export function epochOutside(file: string): number {
  return existsSync(epochFile(file)) ? Number(readFileSync(epochFile(file), 'utf8')) : 0
}
