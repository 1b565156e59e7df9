#!/usr/bin/env node
// Owns the touch with the world: environment, clock, chance, streams, signals. Everything else is handed these.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { run } from './cli/program.js'
import { WrongUsage } from './cli/verb.js'
import type { World } from './cli/world.js'
import { poolRandom } from './crypto/random-pool.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const world: World = {
  env: process.env,
  now: () => Math.floor(Date.now() / 1000),
  random: poolRandom(randomBytes),
  readStdin: async () => {
    if (process.stdin.isTTY)
      throw new WrongUsage('Nothing is piped in, and this is read from standard input: see --help.')
    return text(process.stdin)
  },
  out: (message) => process.stdout.write(message),
  err: (message) => process.stderr.write(message),
  terminal: process.stdout.isTTY === true,
  version,
  interrupted: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        // Only the first is waited for: a second one ends the process at once.
        process.once(signal, () => resolve(signal))
      }
    }),
  serve: async (config, given) => (await import('./serve.js')).serve(config, given),
}

/** A reader that has seen enough (`| head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await run(process.argv.slice(2), world)
