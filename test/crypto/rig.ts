// Owns a keyring for tests: a clock that can be moved, a store that several keyrings may share.
import { randomBytes } from 'node:crypto'
import type { KeyPolicy } from '../../src/crypto/key-schedule.js'
import { createKeyring, type Keyring, type KeyringOptions } from '../../src/crypto/keyring.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/store.js'
import { quickKeys } from '../support/keys.js'

export const day = 86_400

/** The defaults of the server. */
export const policy: KeyPolicy = {
  keyRotation: 90 * day,
  jwksMaxAge: 300,
  sessionAbsoluteTtl: day,
}

export type Rig = {
  readonly keyring: Keyring
  readonly store: Store
  readonly clock: { now: number }
  /** Another keyring, as of another node or after a restart, on the same store and clock. */
  readonly open: (change?: Partial<KeyringOptions>) => Promise<Keyring>
}

const opened: Store[] = []

/** To be called when the tests that share the rigs are done. */
export async function closeRigs(): Promise<void> {
  await Promise.all(opened.splice(0).map((store) => store.close()))
}

export async function rig({ now = 1_800_000_000 } = {}): Promise<Rig> {
  const store = await openStore(':memory:')
  opened.push(store)
  const clock = { now }
  const generate = quickKeys()
  const open: Rig['open'] = (change) =>
    createKeyring({
      store,
      secrets: deriveSecrets(Buffer.alloc(32, 7)),
      config: policy,
      now: () => clock.now,
      random: randomBytes,
      log: { info: () => {} },
      generate,
      ...change,
    })
  return { keyring: await open(), store, clock, open }
}
