// Owns the server of black-box tests: the whole application on a store in memory, under a clock that tests move.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hashSync, verifySync } from '@node-rs/argon2'
import { createApp } from '../../src/app.js'
import { createClients } from '../../src/clients/clients.js'
import { type Config, readConfig } from '../../src/config.js'
import { derivedClientSecret } from '../../src/crypto/client-secret.js'
import { hashSecret, newId, newSecret } from '../../src/crypto/handle.js'
import { createKeyring } from '../../src/crypto/keyring.js'
import { createPasswordHasher, type PasswordHasher } from '../../src/crypto/password.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import type { Deps } from '../../src/deps.js'
import { createThrottle } from '../../src/http/throttle.js'
import { createLogger } from '../../src/logging.js'
import type { Mail, Unwritten } from '../../src/mail/mailer.js'
import type { OnSettled } from '../../src/mail/queue.js'
import { createGuardedFetch, type GuardedFetch } from '../../src/outbound/guarded-fetch.js'
import { type Lookup, systemLookup } from '../../src/outbound/lookup.js'
import { createRemoteJwks } from '../../src/outbound/remote-jwks.js'
import { type Client, type ClientKind, hasSecret } from '../../src/protocol/client.js'
import { issuerUrl } from '../../src/protocol/issuer.js'
import type { Resource } from '../../src/protocol/resource.js'
import { canonicalIdentifier, type User } from '../../src/protocol/user.js'
import { createStatus } from '../../src/status/status.js'
import { openStore } from '../../src/store/open.js'
import type { Store } from '../../src/store/store.js'
import { quickKeys } from './keys.js'
import { aClient, aResource, aUser, prepared } from './values.js'

export type ServerOptions = {
  /** `https://as.test` unless said; http needs a loopback host. */
  issuer?: string
  /** Wins over what the environment's defaults give. */
  config?: Partial<Config>
  /** `:memory:` unless said. Two servers on one file are a restart, if the first is closed. */
  databaseUrl?: string
  /** Takes the place of `databaseUrl`; stays open when the server closes. */
  store?: Store
  /** Epoch seconds at which the clock stands; the present unless said. */
  startAt?: number
  /** Hashes passwords for next to nothing. Never where the hashing itself is in question. */
  cheapPasswords?: boolean
  /** Whether mail can be sent; it stays in `mails`. */
  mail?: 'smtp' | 'none'
  /** What names lead to when the server sends requests. */
  lookup?: Lookup
  /** Takes the place of the network. */
  fetch?: GuardedFetch
  /** Milliseconds for fetching the keys of a client. */
  jwksTimeout?: number
}

/** A client with its secret, or an empty one where it is public. */
export type Registered = { client: Client; secret: string }
/** A person with the password that signs them in. */
export type Person = { user: User; password: string }

export type TestServer = Awaited<ReturnType<typeof createTestServer>>

/** The password of everybody who has no other, with its argon2id hash so that no test waits for it. */
export const commonPassword = 'correct horse battery staple'
const commonHash =
  '$argon2id$v=19$m=19456,t=2,p=1$3mjX+/f+51CGN+2KXBxMHA$hGpoCB/AL+yrmcKA2TmYi6DKSE11BAL5QmK4qZCxbaQ'
/** Every server of a test run opens what another has sealed. */
const masterKey = Buffer.alloc(32, 7)
/** Documentation range of RFC 5737. */
const homeAddress = '192.0.2.1'

/** Starts a server. The test that made it ends it with `close`. */
export async function createTestServer(options: ServerOptions = {}) {
  const issuer = options.issuer ?? 'https://as.test'
  // Both registrations are on, so that every test over all endpoints sees them too.
  const defaults = readConfig(
    { GRANTOR_ISSUER: issuer, GRANTOR_REGISTRATION: 'on', GRANTOR_CLIENT_REGISTRATION: 'open' },
    () => '',
  )
  const config = { ...defaults, ...options.config }
  const clock = createClock(options.startAt ?? Math.floor(Date.now() / 1000))
  const randomness = { calls: 0, bytes: 0 }
  const random = (bytes: number) => {
    randomness.calls += 1
    randomness.bytes += bytes
    return randomBytes(bytes)
  }
  const now = () => clock.now
  const lines: string[] = []
  const log = await createLogger({
    level: 'trace',
    pretty: false,
    to: { write: (line) => void lines.push(line) },
  })
  const store = options.store ?? (await openStore(options.databaseUrl ?? ':memory:'))
  const secrets = deriveSecrets(masterKey)
  const keyring = await createKeyring({ store, secrets, config, now, random, log, generate: quickKeys() })
  const passwords = options.cheapPasswords ? cheapHasher() : createPasswordHasher()
  const throttle = createThrottle({ tallies: store.tallies, now, random })
  const mails: Mail[] = []
  const mail = {
    kind: options.mail ?? ('smtp' as const),
    post(mail: Mail, onSettled?: OnSettled) {
      mails.push(mail)
      onSettled?.(true)
    },
    postLater: (mail: Unwritten) => void mails.push(...[mail() ?? []].flat()),
    close: async () => {},
  }
  const status = createStatus({ store, keyring, secrets, config, now, log })
  const { development: loopback, fetchAllow: allow } = config
  const lookup = options.lookup ?? systemLookup({ readFile: (path) => readFile(path, 'utf8') })
  const fetch = options.fetch ?? createGuardedFetch({ allow, loopback, lookup, now })
  const clients = createClients({ store, secrets, config, fetch, now, random, log })
  const remoteJwks = createRemoteJwks({ fetch, now, log, timeout: options.jwksTimeout })
  const deps: Deps = {
    config,
    store,
    clients,
    keyring,
    secrets,
    passwords,
    throttle,
    mail,
    fetch,
    remoteJwks,
    status,
    now,
    random,
    log,
  }
  const app = createApp(deps)

  /** Reaches the server as if from `address`. */
  const fetchFrom = async (address: string, request: Request): Promise<Response> => {
    if (!request.url.startsWith(config.issuerOrigin)) throw new Error(`not on this server: ${request.url}`)
    return app.fetch(request, { incoming: { socket: { remoteAddress: address } } })
  }

  return {
    app,
    deps,
    config,
    issuer,
    clock,
    /** How much chance was used. */
    randomness,
    /** What was logged, one JSON text per entry. */
    log: lines,
    /** What was mailed, oldest first. */
    mails,
    /** For `customFetch` of client libraries; a path is taken below the issuer. */
    fetch: (input: string | URL | Request, init?: object): Promise<Response> => {
      const target = typeof input === 'string' && input.startsWith('/') ? issuerUrl(issuer, input) : input
      return fetchFrom(homeAddress, new Request(target, init))
    },
    fetchFrom,

    /**
     * Registers a client. `metadata` is RFC 7591 input over the defaults of the kind (redirect URIs: see
     * values.ts); `facts` are the server's own, such as `{ verified: false }`.
     */
    async addClient(
      kind: ClientKind,
      metadata: Record<string, unknown> = {},
      facts: Partial<Omit<Client, 'metadata' | 'kind'>> = {},
    ): Promise<Registered> {
      const id = newId(clock.now, random)
      const stamps = { ownGrantId: newId(clock.now, random), createdAt: clock.now, updatedAt: clock.now }
      const client = aClient(kind, metadata, { id: `c${id}`, ...stamps, ...facts })
      if (!(await store.clients.create(client))) throw new Error(`the client ${client.id} exists`)
      if (!hasSecret(client.metadata)) return { client, secret: '' }
      const signs = client.metadata.token_endpoint_auth_method === 'client_secret_jwt'
      const secret = signs ? derivedClientSecret(client.id, id, secrets) : newSecret(random)
      await store.clients.addSecret({
        id,
        clientId: client.id,
        hash: hashSecret(secret),
        createdAt: clock.now,
      })
      return { client, secret }
    },

    /** Adds a person: alice unless said. A password of their own takes a real hash. */
    async addUser(facts: Partial<User> & { password?: string } = {}): Promise<Person> {
      const { password = commonPassword, ...rest } = facts
      const name = canonicalIdentifier(rest.username ?? 'alice')
      const user = aUser({
        sub: `u_${newId(clock.now, random)}`,
        email: name.includes('@') ? name : `${name}@example.test`,
        createdAt: clock.now,
        updatedAt: clock.now,
        ...rest,
      })
      const { hasPassword, ...row } = user
      const hash = password === commonPassword ? commonHash : await passwords.hash(prepared(password))
      const created = await store.users.create(row, hasPassword ? hash : undefined)
      if (!created) throw new Error(`${user.username} or ${user.email} is taken`)
      return { user, password }
    },

    /** Registers an API with these scopes, which are those of a request that names none unless said. */
    async addResource(
      identifier: string,
      scopes: string[] = [],
      facts: Partial<Resource> = {},
    ): Promise<Resource> {
      const resource = aResource(identifier, scopes, { createdAt: clock.now, defaultScope: scopes, ...facts })
      if (!(await store.resources.create(resource))) throw new Error(`the resource ${identifier} exists`)
      return resource
    },

    async close(): Promise<void> {
      await passwords.close()
      if (!options.store) await store.close()
    },
  }
}

function createClock(start: number) {
  let now = start
  return {
    /** Epoch seconds; stands still until it is moved. */
    get now() {
      return now
    },
    advance(seconds: number) {
      now += seconds
    },
  }
}

function cheapHasher(): PasswordHasher {
  const parameters = { memoryCost: 1024, timeCost: 1, parallelism: 1 }
  return {
    hash: async (password) => hashSync(password, parameters),
    verify: async (hash, password) => hash !== undefined && verifySync(hash, password),
    close: async () => {},
  }
}
