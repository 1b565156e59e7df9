// Owns the master key's file: read with suspicion, made only in development and only where there is nothing to lose.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.js'
import { newMasterKey, parseMasterKey } from '../crypto/master-key.js'
import { Failure } from './verb.js'

/**
 * The 32 bytes of the master key. A missing file is made (0600) only in development while the database holds
 * no signing key; in every other case a fault is told and nothing is written.
 * @throws Failure naming the file and what to do
 */
export function openMasterKey(
  { masterKeyFile, development }: Pick<Config, 'masterKeyFile' | 'development'>,
  given: { readonly keysPresent: boolean; readonly random: (bytes: number) => Buffer },
): Buffer {
  const mode = statSync(masterKeyFile, { throwIfNoEntry: false })?.mode
  if (mode === undefined) {
    if (given.keysPresent) {
      throw new Failure(
        `The master key ${masterKeyFile} is missing, but the database holds signing keys sealed with it. ` +
          'Put the file back; a new one would make every key and token worthless. (GRANTOR_MASTER_KEY_FILE)',
      )
    }
    if (!development) {
      throw new Failure(
        `The master key ${masterKeyFile} is missing. Make it once, keep it apart from the database backup: ` +
          `(umask 077; mkdir -p ${path.dirname(masterKeyFile)}; openssl rand -base64 32 > ${masterKeyFile}) ` +
          '(GRANTOR_MASTER_KEY_FILE)',
      )
    }
    mkdirSync(path.dirname(masterKeyFile), { recursive: true, mode: 0o700 })
    writeFileSync(masterKeyFile, newMasterKey(given.random), { mode: 0o600, flag: 'wx', flush: true })
  } else if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
    throw new Failure(
      `The master key ${masterKeyFile} is open to every user of this machine; run: chmod 600 ${masterKeyFile}`,
    )
  }
  try {
    return parseMasterKey(readFileSync(masterKeyFile, 'utf8'))
  } catch (error) {
    throw new Failure(`The master key ${masterKeyFile} cannot be used: ${(error as Error).message}`)
  }
}
