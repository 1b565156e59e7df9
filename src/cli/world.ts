// Owns what the command line is given of the world: main.ts makes the real one, tests make another.
import type { Config } from '../config.js'

export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Seconds since the epoch, whole. */
  readonly now: () => number
  /** Cryptographically strong random bytes. */
  readonly random: (bytes: number) => Buffer
  /** Everything that is piped in, as text. */
  readonly readStdin: () => Promise<string>
  /** Standard output: results, and with --json nothing but one JSON value. */
  readonly out: (text: string) => void
  /** Standard error: everything that is said to a person beside the result. */
  readonly err: (text: string) => void
  /** Whether a person reads the standard output. */
  readonly terminal: boolean
  readonly version: string
  /** Resolves with the name of the signal when the process is asked to stop. */
  readonly interrupted: () => Promise<string>
  /** Runs the server until it has been told to stop. */
  readonly serve: (config: Config, world: World) => Promise<void>
}
