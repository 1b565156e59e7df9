// Owns the one bundle of everything the server touches: passed down, never imported as a value.
import type { Logger } from 'pino'
import type { Clients } from './clients/clients.js'
import type { Config } from './config.js'
import type { Keyring } from './crypto/keyring.js'
import type { PasswordHasher } from './crypto/password.js'
import type { Secrets } from './crypto/secrets.js'
import type { Throttle } from './http/throttle.js'
import type { Mailer } from './mail/mailer.js'
import type { GuardedFetch } from './outbound/guarded-fetch.js'
import type { RemoteJwks } from './outbound/remote-jwks.js'
import type { Status } from './status/status.js'
import type { Store } from './store/store.js'

export type Deps = {
  readonly config: Config
  readonly store: Store
  /** Who asks for access, wherever they are known from; `store.clients` has those with a row. */
  readonly clients: Clients
  readonly keyring: Keyring
  /** Purpose-bound keys derived from the master key. */
  readonly secrets: Secrets
  readonly passwords: PasswordHasher
  readonly throttle: Throttle
  readonly mail: Mailer
  readonly status: Status
  /** Requests to addresses that somebody else has chosen. */
  readonly fetch: GuardedFetch
  /** Keys that others publish. */
  readonly remoteJwks: RemoteJwks
  /** Seconds since the epoch, whole. */
  readonly now: () => number
  /** Cryptographically strong random bytes. */
  readonly random: (bytes: number) => Buffer
  readonly log: Logger
}
