// Owns backups of a SQLite database: a whole and consistent copy, taken while the server runs.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { sqliteFault } from './fault.js'
import { openDatabase } from './sqlite-driver.js'
import { applicationId, backupId } from './sqlite-file.js'

/** All at once, in one read transaction: between two steps a write of the server would make it begin anew. */
const everything = 0x7fffffff

/**
 * Copies the database in `file` to `target`, which only its owner can read and which no server takes for a
 * database: what a restore must end would live on. Nothing stands at `target` before the copy is whole.
 * @returns its size in bytes
 * @throws Error with one sentence on what is wrong
 */
export async function backUp(
  file: string,
  target: string,
  { force }: { readonly force: boolean },
): Promise<number> {
  if (existsSync(target)) {
    if (realpathSync(target) === realpathSync(file)) throw new Error(`${target} is the database itself`)
    if (!force) throw new Error(`${target} is there already: name another file, or add --force`)
  }
  const part = `${target}.part`
  try {
    rmSync(part, { force: true })
    writeFileSync(part, '', { mode: 0o600, flag: 'wx' })
    await copy(file, part)
    mark(part, { from: applicationId, to: backupId })
    verify(part)
    toDisk(part)
    if (force) renameSync(part, target)
    else linkSync(part, target)
    toDisk(path.dirname(path.resolve(target)))
    return statSync(target).size
  } catch (thrown) {
    throw new Error(`the backup ${target} was not made: ${sqliteFault(thrown).message}`)
  } finally {
    rmSync(part, { force: true })
  }
}

/** Copies whatever is committed in one database to another, which is then one file without a log. */
export async function copy(file: string, target: string): Promise<void> {
  const source = openDatabase(file, { fileMustExist: true })
  try {
    await source.backup(target, { progress: () => everything })
  } finally {
    source.close()
  }
  chmodSync(target, 0o600)
}

/** Makes a backup of a database, or the other way round. */
export function mark(file: string, { from, to }: { readonly from: number; readonly to: number }): void {
  const client = openDatabase(file, { fileMustExist: true })
  try {
    const owner = client.pragma('application_id', { simple: true })
    if (owner !== from) {
      const what = owner === applicationId ? 'a database' : owner === backupId ? 'a backup' : 'not ours'
      throw new Error(`it is ${what}`)
    }
    client.pragma('journal_mode = DELETE')
    client.pragma(`application_id = ${to}`)
  } finally {
    client.close()
  }
}

/** @throws Error when a page or a row is not as it should be */
export function verify(file: string): void {
  const client = openDatabase(file, { readonly: true, fileMustExist: true })
  try {
    const found = client.pragma('integrity_check(1)', { simple: true })
    if (found !== 'ok') throw new Error(String(found).replaceAll('\n', ' '))
    const orphans = client.pragma('foreign_key_check') as unknown[]
    if (orphans.length > 0) throw new Error(`${orphans.length} rows are without their parents`)
  } finally {
    client.close()
  }
}

/** Of a file or a folder: what was written, or renamed in it, survives a power cut. */
export function toDisk(name: string): void {
  const descriptor = openSync(name, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
