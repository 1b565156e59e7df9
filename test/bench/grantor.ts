// Owns the start of our built server: a fresh file database, the bench's keys, everything else by our command line.
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { JWK } from 'jose'
import { pino } from 'pino'
import { readConfig } from '../../src/config.js'
import { newId } from '../../src/crypto/handle.js'
import { createKeyring } from '../../src/crypto/keyring.js'
import { newMasterKey, parseMasterKey } from '../../src/crypto/master-key.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import type { SigningAlg } from '../../src/protocol/client.js'
import { openStore } from '../../src/store/open.js'
import { median } from './report.js'
import {
  apis,
  type Clients,
  type Contestant,
  type Credentials,
  idTokenAlg,
  type Keys,
  people,
  readers,
  redirectUri,
  ttl,
  user,
} from './scenario.js'
import { discover, freePort, residentMegabytes, startServer } from './server-process.js'

export type Grantor = {
  clients: Clients
  keys: Keys
  /** Of everybody, by username. */
  subs: Record<string, string>
  /** Everybody's. */
  passwordHash: string
  /** Median of three starts on the existing database. */
  readyAfterMs: number
  idleMegabytes: number
  /** The database, where it is a file. */
  file: string
  /** With further settings, if any, and further arguments of node. */
  start(settings?: Record<string, string>, nodeFlags?: readonly string[]): Promise<Contestant>
}

type Command = (args: string[], input?: string) => Record<string, string>

const root = path.resolve(import.meta.dirname, '../..')
const main = path.join(root, 'dist/main.js')
/** As `npm start` and the Dockerfile do. */
const usualFlags = ['--max-semi-space-size=8']
const settleMs = 3000

/** Prepares a database in `folder`, measures its start, and hands out how to start it for the run. */
export async function setUpGrantor(
  folder: string,
  profile: string | undefined,
  databaseUrl = `file:${path.join(folder, 'grantor.db')}`,
): Promise<Grantor> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const env: Record<string, string> = {
    GRANTOR_ISSUER: issuer,
    GRANTOR_PORT: String(port),
    GRANTOR_DATABASE_URL: databaseUrl,
    GRANTOR_MASTER_KEY_FILE: path.join(folder, 'master.key'),
    GRANTOR_ACCESS_TOKEN_TTL: String(ttl.accessToken),
    GRANTOR_ID_TOKEN_TTL: String(ttl.accessToken),
    GRANTOR_CODE_TTL: String(ttl.code),
    // People sign in from more addresses than this machine has.
    GRANTOR_TRUST_PROXY: '127.0.0.1',
  }
  const keys = await plantKeys(env)
  const { clients, sub } = register((args, input) => command(env, args, input))

  const start = (nodeFlags: string[] = [], settings: Record<string, string> = {}) => {
    const all = { ...env, ...settings }
    const ready = `http://127.0.0.1:${all.GRANTOR_PORT}/health/ready`
    return startServer([...usualFlags, ...nodeFlags, main, 'start'], all, ready)
  }
  const starts: number[] = []
  let idleMegabytes = 0
  // The first start is not counted: it makes what a development server makes only once.
  for (let i = 0; i < 4; i++) {
    const server = await start()
    if (i > 0) starts.push(server.readyAfterMs)
    if (i === 3) {
      await new Promise((resolve) => setTimeout(resolve, settleMs))
      idleMegabytes = residentMegabytes(server.pid)
    }
    await server.stop()
  }
  const { subs, passwordHash } = await plantPeople(env, sub)
  return {
    clients,
    keys,
    subs: { ...subs, [user.username]: sub },
    passwordHash,
    readyAfterMs: median(starts),
    idleMegabytes,
    file: databaseUrl.replace(/^file:/, ''),
    start: async (settings = {}, nodeFlags = []) => {
      if (profile !== undefined) mkdirSync(profile, { recursive: true })
      const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
      const server = await start([...nodeFlags, ...flags], settings)
      const at = { port: Number(settings.GRANTOR_PORT ?? port), issuer: settings.GRANTOR_ISSUER ?? issuer }
      return { name: 'grantor', ...at, sub, clients, endpoints: await discover(at.issuer), ...server }
    },
  }
}

/** Makes the signing keys ourselves, so that the other server can be given the same ones. */
async function plantKeys(env: Record<string, string>): Promise<Keys> {
  const config = readConfig(env, () => '')
  const masterKey = newMasterKey(randomBytes)
  writeFileSync(config.masterKeyFile, masterKey, { mode: 0o600 })
  const made = new Map<SigningAlg, KeyObject>()
  const store = await openStore(config.databaseUrl)
  const keyring = await createKeyring({
    store,
    secrets: deriveSecrets(parseMasterKey(masterKey)),
    config,
    now: () => Math.floor(Date.now() / 1000),
    random: randomBytes,
    log: pino({ level: 'silent' }),
    generate: async (alg) => {
      const key = newKey(alg)
      made.set(alg, key)
      return key
    },
  })
  const published = await keyring.list()
  await store.committed(0)
  await store.close()
  const jwk = (alg: SigningAlg): JWK => {
    const kid = published.find((key) => key.alg === alg)?.kid as string
    return { ...(made.get(alg)?.export({ format: 'jwk' }) as JWK), kid, alg, use: 'sig' }
  }
  return { es256: jwk('ES256'), rs256: jwk('RS256') }
}

/** Everybody gets the password hash of the one user: a hash for each would only take long. */
async function plantPeople(env: Record<string, string>, like: string) {
  const store = await openStore(readConfig(env, () => '').databaseUrl)
  const passwordHash = (await store.users.password(like))?.hash
  if (passwordHash === undefined) throw new Error('the user of the bench has no password')
  const now = Math.floor(Date.now() / 1000)
  const subs: Record<string, string> = {}
  for (const { username, email, name } of [...people, ...readers]) {
    const sub = `u_${newId(now, randomBytes)}`
    const person = { sub, username, email, emailVerified: true, claims: { name }, disabled: false }
    await store.users.create({ ...person, createdAt: now, updatedAt: now }, passwordHash)
    subs[username] = sub
  }
  await store.committed(0)
  await store.close()
  return { subs, passwordHash }
}

function newKey(alg: SigningAlg): KeyObject {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519').privateKey
  return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
}

function command(env: Record<string, string>, args: string[], input = ''): Record<string, string> {
  const output = execFileSync(process.execPath, [main, ...args, '--json'], {
    env: { ...process.env, ...env },
    input,
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

function register(grantor: Command): { clients: Clients; sub: string } {
  for (const { identifier, scope, format, alg } of Object.values(apis)) {
    const api = ['--identifier', identifier, '--name', identifier, '--scope', `${scope}=Read what is there`]
    grantor(['resource', 'create', ...api, '--token-format', format, '--signing-alg', alg])
  }
  const client = (kind: string, ...options: string[]): Credentials => {
    const made = grantor(['client', 'create', '--kind', kind, '--name', `bench ${kind}`, ...options])
    return { id: made.client_id as string, secret: made.client_secret ?? '' }
  }
  const codeFlow = ['--redirect-uri', redirectUri, '--set', `id_token_signed_response_alg="${idTokenAlg}"`]
  const clients = {
    service: client('service'),
    api: client('service', '--resource', apis.opaque.identifier),
    web: client('web', ...codeFlow),
    app: client('spa', ...codeFlow),
  }
  const person = ['--username', user.username, '--email', user.email, '--email-verified', '--name', user.name]
  const { sub } = grantor(['user', 'create', ...person, '--password-stdin'], user.password)
  return { clients, sub: sub as string }
}
