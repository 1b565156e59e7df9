// Owns the status list tokens (Token Status List 5.1): made off the request path, when something has changed or the
// last one grows old.

import { hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate, gzip } from 'node:zlib'
import type { Config } from '../config.js'
import type { Keyring } from '../crypto/keyring.js'
import { issuerUrl } from '../protocol/issuer.js'
import { entryBits, listsPath, listUri } from '../protocol/status-list.js'
import type { Revoked } from './revoked.js'

/** A signed list as it is sent. Times are epoch seconds. */
export type ListToken = {
  readonly text: string
  readonly gzipped: Buffer
  /** With its quotes (RFC 9110 8.8.3). */
  readonly etag: string
  readonly iat: number
  readonly exp: number
  readonly kid: string
  /** The newest revocation that it can have in it. */
  readonly upTo: number
}

export type ListTokens = {
  /** The token of a list; undefined if there is no such list. Waits only where there is none that is still good. */
  current(list: number): Promise<ListToken | undefined>
  /** The list has changed: the next token comes within half a second. */
  changed(list: number): void
  /** Resolves when nothing is being made. */
  settled(): Promise<void>
}

export type ListTokenOptions = {
  readonly revoked: Pick<Revoked, 'bits' | 'latest'>
  readonly keyring: Pick<Keyring, 'signer'>
  readonly config: Pick<Config, 'issuer' | 'statusTtl'>
  readonly now: () => number
  readonly failed: (error: unknown) => void
}

const typ = 'statuslist+jwt'
const alg = 'ES256'
const deflateAsync = promisify(deflate)
const gzipAsync = promisify(gzip)

/** `lst` of a list: zlib at its best level, base64url without padding (4.1). */
export async function encodeList(bytes: Uint8Array): Promise<string> {
  const zipped = await deflateAsync(bytes, { level: 9 })
  return zipped.toString('base64url')
}

export function createListTokens({ revoked, keyring, config, now, failed }: ListTokenOptions): ListTokens {
  const { issuer, statusTtl: ttl } = config
  /** The seconds for which verifiers may go on with a list when they cannot have the next one. */
  const lifetime = Math.max(600, 20 * ttl)
  const made = new Map<number, ListToken>()
  const making = new Map<number, Promise<ListToken | undefined>>()
  const resting = new Set<number>()
  const stale = new Set<number>()

  async function make(list: number): Promise<ListToken | undefined> {
    const bytes = revoked.bits(list)
    if (bytes === undefined) {
      made.delete(list)
      return undefined
    }
    stale.delete(list)
    const upTo = revoked.latest()
    const iat = now()
    const exp = iat + lifetime
    const lst = await encodeList(bytes.slice())
    const signer = await keyring.signer(alg)
    const text = await signer.sign(typ, {
      sub: listUri(issuer, list),
      iat,
      exp,
      ttl,
      status_list: { bits: entryBits, lst, aggregation_uri: issuerUrl(issuer, listsPath) },
    })
    const gzipped = await gzipAsync(text)
    const etag = `"${hash('sha256', text, 'base64url')}"`
    const token = { text, gzipped, etag, iat, exp, kid: signer.kid, upTo }
    made.set(list, token)
    return token
  }

  function begin(list: number): Promise<ListToken | undefined> {
    const running = making.get(list)
    if (running) return running
    const started = performance.now()
    const job = make(list)
      .catch((error) => {
        stale.add(list)
        throw error
      })
      .finally(() => {
        making.delete(list)
        rest(list, performance.now() - started).catch(failed)
      })
    making.set(list, job)
    return job
  }

  /** Compressing a full list is dear: changes get a fifth of a thread at most, and each is out within half a second. */
  async function rest(list: number, took: number): Promise<void> {
    resting.add(list)
    await pause(Math.min(400, Math.max(50, 4 * took)), undefined, { ref: false })
    resting.delete(list)
    if (stale.has(list)) await begin(list)
  }

  return {
    async current(list) {
      const token = made.get(list)
      const at = now()
      const { kid } = await keyring.signer(alg)
      // A key that has leaked is withdrawn at once, and what it signed is worth nothing.
      if (token === undefined || token.exp <= at || token.kid !== kid) return begin(list)
      if (at >= token.iat + lifetime / 2) begin(list).catch(failed)
      return token
    },
    changed(list) {
      stale.add(list)
      if (made.has(list) && !resting.has(list)) begin(list).catch(failed)
    },
    async settled() {
      while (making.size + resting.size > 0) await Promise.allSettled([...making.values(), pause(5)])
    },
  }
}
