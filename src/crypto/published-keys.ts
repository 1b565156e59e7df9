// Owns the keys as read from the store: opened, in order, and as the JWK Set that verifiers fetch.
import { hash } from 'node:crypto'
import { signingAlgs } from '../protocol/client.js'
import { createSigner, type Signer } from './jws.js'
import { openSigningKey, type SigningKey } from './key-pair.js'
import { isGone, type KeyPolicy, type KeyRow, keyStates } from './key-schedule.js'
import type { Secrets } from './secrets.js'

export type PublishedKey = { readonly row: KeyRow; readonly key: SigningKey; readonly signer: Signer }

export type PublishedKeys = {
  /** Every row, published or not. */
  readonly rows: readonly KeyRow[]
  readonly keys: readonly PublishedKey[]
  readonly jwks: { readonly body: string; readonly etag: string }
}

export type KeyReader = {
  /** As of this second of the clock, so that what another process has changed is obeyed at once. */
  current(): Promise<PublishedKeys>
  /** As of now. */
  read(): Promise<PublishedKeys>
  /** To be called after each write: nothing read before it is given out again. */
  forget(): void
}

/** Thrown when the keys in the store cannot be used, before anything is served. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError'
}

type Source = {
  readonly store: { readonly keys: { all(): Promise<KeyRow[]> } }
  readonly secrets: Secrets
  readonly config: KeyPolicy
  readonly now: () => number
}

/** Reads the rows when needed. Reading throws KeyringError when the master key does not open a key. */
export function createKeyReader({ store, secrets, config, now }: Source): KeyReader {
  let latest: { readonly at: number; readonly value: PublishedKeys } | undefined
  let reading: Promise<PublishedKeys> | undefined
  let opened = new Map<string, PublishedKey>()
  let writes = 0

  async function read(): Promise<PublishedKeys> {
    const at = now()
    const seen = writes
    const rows = await store.keys.all()
    const published = rows.filter((row) => !isGone(row, config, at)).sort(inOrder)
    const keys = published.map((row) => open(row, secrets, opened.get(row.kid)))
    opened = new Map(keys.map((key) => [key.row.kid, key]))
    const body = JSON.stringify({ keys: keys.map(({ key }) => key.publicJwk) })
    const value = { rows, keys, jwks: { body, etag: `"${hash('sha256', body, 'base64url')}"` } }
    if (seen === writes) latest = { at, value }
    return value
  }

  return {
    read,
    current: async () => {
      if (latest?.at === now()) return latest.value
      const joined = reading ?? read()
      reading = joined
      return joined.finally(() => {
        if (reading === joined) reading = undefined
      })
    },
    forget: () => {
      writes++
      latest = undefined
      reading = undefined
    },
  }
}

function open(row: KeyRow, secrets: Secrets, known: PublishedKey | undefined): PublishedKey {
  if (known?.row.sealed === row.sealed && known.row.alg === row.alg) return { ...known, row }
  const key = openSigningKey(secrets, row)
  if (!key) {
    throw new KeyringError(
      `the master key does not open the signing key ${row.kid} of the database: start with the master key ` +
        'that this database was made with (no new signing key is made in place of one that is there)',
    )
  }
  return { row, key, signer: createSigner(key.kid, key.alg, key.privateKey) }
}

/** Active keys first: verifiers that ignore `kid` take the first of an algorithm. */
function inOrder(a: KeyRow, b: KeyRow): number {
  const place = (row: KeyRow) =>
    signingAlgs.indexOf(row.alg) * keyStates.length + keyStates.indexOf(row.state)
  return place(a) - place(b) || b.createdAt - a.createdAt
}
