// Owns the limit that each row is held against: what the row cannot do without, and the server that does only that.
import { mkdtempSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { filled } from './connection.js'
import type { Entrant } from './measure.js'
import type { Keys } from './scenario.js'
import { freePort, startServer } from './server-process.js'
import type { Work } from './workloads.js'

/** What one request needs: signatures, a row in a transaction that is on disk, and whether it ends in a redirect. */
type Need = { signs: (keyof typeof keyOf)[]; writes: boolean; redirects?: true }

const keyOf = { ES256: 'es256', RS256: 'rs256' } as const

const nothing: Need = { signs: [], writes: false }
const code: Need = { signs: [], writes: true, redirects: true }
// An access token and an ID token.
const tokens: Need = { signs: ['ES256', 'ES256'], writes: true }

/** By row and method. No row needs a verification: a token that is shown again was verified when first shown. */
const needs: Record<string, { GET?: Need; POST?: Need }> = {
  'client_credentials ES256': { POST: { signs: ['ES256'], writes: false } },
  'client_credentials RS256': { POST: { signs: ['RS256'], writes: false } },
  'client_credentials opaque': { POST: nothing },
  'authorization (session)': { GET: code },
  'code exchange': { POST: tokens },
  'authorize to token': { GET: code, POST: tokens },
  'refresh rotation': { POST: tokens },
  'introspection (opaque)': { POST: nothing },
  'revocation (opaque)': { POST: { signs: [], writes: true } },
  userinfo: { GET: nothing },
  JWKS: { GET: nothing },
  discovery: { GET: nothing },
}

export type LimitSettings = {
  port: number
  database: string
  keys: Record<string, object>
  needs: { GET?: Need; POST?: Need }
  answer: string
  location: string
  row: string
}

const location =
  'https://app.example/callback?code=a-code-of-the-usual-length&state=a-state-of-the-usual-length'

/**
 * Starts the limit of a row.
 * @param like a run of our own server: the limit is asked the same, and answers the same
 */
export async function startLimit(
  folder: string,
  name: string,
  keys: Keys,
  like: { work: Work; sample: string },
): Promise<Entrant & { stop(): Promise<void> }> {
  const need = needs[name]
  if (need === undefined) throw new Error(`nobody has said what ${name} needs`)
  const port = await freePort()
  const own = mkdtempSync(path.join(folder, 'limit-'))
  const settings: LimitSettings = {
    port,
    database: path.join(own, 'limit.db'),
    keys: Object.fromEntries(Object.entries(keyOf).map(([alg, key]) => [alg, keys[key]])),
    needs: need,
    answer: like.sample,
    location,
    row: 'x'.repeat(400),
  }
  const file = path.join(own, 'limit.json')
  writeFileSync(file, JSON.stringify(settings))
  const script = path.join(import.meta.dirname, 'limit.mjs')
  const { pid, stop } = await startServer([script, file], {}, `http://127.0.0.1:${port}/ready`)
  const work = atLimit(like.work)
  return {
    name: 'limit',
    ports: [port],
    pids: [pid],
    prepare: async () => work,
    verify: async () => {},
    stop,
  }
}

/** The same over and over where our server is asked for something new each time: the limit remembers nothing. */
function atLimit({ work, ...rest }: Work): Work {
  if (work.kind === 'flow') return { work, ...rest }
  const requests =
    work.kind === 'chain' ? work.tokens.map((token) => filled(work.next, token)) : work.requests
  return { ...rest, work: { kind: 'repeat', requests: requests.slice(0, 100) } }
}
