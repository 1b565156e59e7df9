// Runs the command line in this process: a database of its own, a clock that is moved, streams that are kept.
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { run } from '../../src/cli/program.js'
import type { World } from '../../src/cli/world.js'
import { readConfig } from '../../src/config.js'
import { createKeyring } from '../../src/crypto/keyring.js'
import { newMasterKey, parseMasterKey } from '../../src/crypto/master-key.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import { serve } from '../../src/serve.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/store.js'
import { quickKeys } from '../support/keys.js'

export type Ended = { code: number; out: string; err: string }

/** A server in this process. */
export type Serving = {
  /** Sends the signal; resolves with the exit code once the server has stopped. */
  stop(): Promise<Ended>
}

export type Shell = {
  /** Where the database and the master key of this shell are. */
  folder: string
  env: Record<string, string>
  clock: { now: number }
  /** Runs one command; arguments are split at spaces, so those with spaces are given apart. */
  run(command: string | string[], stdin?: string, more?: Partial<World>): Promise<Ended>
  /** Starts the server; resolves when it is up, or with how it ended if it did not come up. */
  start(): Promise<Serving | Ended>
  /** The store of this shell, for what only a browser could bring about. */
  store<T>(work: (store: Store) => Promise<T>): Promise<T>
  /** Runs one command with --json, expects it to be done, gives the value. */
  json<T = Record<string, unknown>>(command: string | string[], stdin?: string): Promise<T>
}

/** Puts keys into an empty database that take no time to make; the first start is then over. */
export async function useQuickKeys(shell: Shell): Promise<void> {
  const masterKey = newMasterKey(randomBytes)
  writeFileSync(shell.env.GRANTOR_MASTER_KEY_FILE as string, masterKey, { mode: 0o600 })
  const secrets = deriveSecrets(parseMasterKey(masterKey))
  const config = readConfig(shell.env, () => '')
  const now = () => shell.clock.now
  const rest = { secrets, config, now, random: randomBytes, log: pino({ level: 'silent' }) }
  await shell.store((store) => createKeyring({ store, ...rest, generate: quickKeys() }))
}

/** A shell in a folder of its own; `like` is a folder whose content it begins with. */
export function createShell(env: Record<string, string> = {}, like?: string): Shell {
  const folder = mkdtempSync(path.join(tmpdir(), 'grantor-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  if (like !== undefined) cpSync(like, folder, { recursive: true })
  const clock = { now: 1_800_000_000 }

  function execute(command: string | string[], stdin = '', more: Partial<World> = {}): Promise<Ended> {
    const ended = { code: -1, out: '', err: '' }
    const world: World = {
      env: shell.env,
      now: () => clock.now,
      random: randomBytes,
      readStdin: async () => stdin,
      out: (text) => {
        ended.out += text
      },
      err: (text) => {
        ended.err += text
      },
      terminal: false,
      version: '0.0.0',
      interrupted: async () => 'SIGTERM',
      serve,
      ...more,
    }
    const args = typeof command === 'string' ? command.split(' ') : command
    return run(args, world).then((code) => ({ ...ended, code }))
  }

  const shell: Shell = {
    folder,
    clock,
    env: {
      GRANTOR_DATABASE_URL: `file:${path.join(folder, 'grantor.db')}`,
      GRANTOR_MASTER_KEY_FILE: path.join(folder, 'master.key'),
      GRANTOR_LOG_LEVEL: 'silent',
      ...env,
    },
    run: execute,
    start() {
      return new Promise((resolve) => {
        let stop = () => {}
        const stopped = new Promise<string>((signal) => {
          stop = () => signal('SIGTERM')
        })
        // It is up when it begins to wait for a signal.
        const interrupted = () => {
          resolve({
            stop: () => {
              stop()
              return ended
            },
          })
          return stopped
        }
        const ended = execute('start', '', { interrupted })
        ended.then(resolve)
      })
    },
    async store(work) {
      const store = await openStore(shell.env.GRANTOR_DATABASE_URL as string)
      try {
        return await work(store)
      } finally {
        await store.close()
      }
    },
    async json<T>(command: string | string[], stdin?: string) {
      const args = typeof command === 'string' ? command.split(' ') : command
      const { code, out, err } = await execute([...args, '--json'], stdin)
      if (code !== 0 || err !== '') throw new Error(`exit code ${code}: ${err}`)
      return JSON.parse(out) as T
    },
  }
  return shell
}
