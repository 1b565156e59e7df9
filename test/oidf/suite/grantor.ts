// The built Grantor of this checkout as the server under test, with an account, an API and its command line.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { createVerifier } from '../../../src/verify/index.js'
import { protect } from '../../../src/verify/node.js'
import { freePort } from '../../bench/server-process.js'
import type { Account } from './browser-commands.js'
import type { Certificates, TrustingFetch } from './certificates.js'
import type { RunCommand } from './clients.js'
import { startProcess, suiteHost, untilReady } from './suite-server.js'
import { startTlsProxy } from './tls-proxy.js'

export const issuerHost = 'grantor.test'
export const apiHost = 'api.test'
export const issuer = `https://${issuerHost}:9443`
export const api = `https://${apiHost}:9444`

export const account: Account = { username: 'alice', password: 'plum-tractor-violin-echo-7' }

/** A value for each claim of OpenID Connect Core 5.1: the suite warns about every one that is missing. */
const claims = {
  given_name: 'Alice',
  family_name: 'Example',
  middle_name: 'M',
  nickname: 'Al',
  profile: 'https://example.test/alice',
  picture: 'https://example.test/alice.png',
  website: 'https://example.test',
  gender: 'female',
  birthdate: '1990-01-02',
  zoneinfo: 'Europe/Berlin',
  locale: 'en-GB',
  phone_number: '+49301234567',
  phone_number_verified: true,
  address: {
    formatted: '1 Main Street\nBerlin',
    street_address: '1 Main Street',
    locality: 'Berlin',
    region: 'Berlin',
    postal_code: '10115',
    country: 'DE',
  },
}

/**
 * For the plan Dynamic, whose clients send no code challenge and name the token endpoint in their assertions. A client
 * that registers itself may have both, if it asks for them.
 */
const registrationMembers = { require_pkce: false, accept_token_endpoint_audience: true }

type Options = { work: string; ownTls: boolean; certificates: Certificates; fetch: TrustingFetch }

export type GrantorUnderTest = { command: RunCommand; stop: () => void }

/** @param options.ownTls Grantor serves TLS itself; else a proxy does */
export async function startGrantor({
  work,
  ownTls,
  certificates,
  fetch,
}: Options): Promise<GrantorUnderTest> {
  const folder = path.join(work, 'grantor')
  mkdirSync(folder, { recursive: true })
  const masterKeyFile = path.join(folder, 'master.key')
  writeFileSync(masterKeyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
  const listen = Number(new URL(issuer).port)
  const port = ownTls ? listen : await freePort()
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GRANTOR_ISSUER: issuer,
    GRANTOR_HOST: '127.0.0.1',
    GRANTOR_PORT: String(port),
    GRANTOR_DATABASE_URL: `file:${path.join(folder, 'grantor.db')}`,
    GRANTOR_MASTER_KEY_FILE: masterKeyFile,
    GRANTOR_CLIENT_REGISTRATION: 'open',
    // The suite is on this machine, and its clients have addresses there, also those that register themselves.
    GRANTOR_FETCH_ALLOW: ['logout', 'keys', 'documents'].map((purpose) => `${purpose}=${suiteHost}`).join(),
    NODE_EXTRA_CA_CERTS: certificates.authorityFile,
    ...(ownTls
      ? { GRANTOR_TLS_CERT_FILE: certificates.certificateFile, GRANTOR_TLS_KEY_FILE: certificates.keyFile }
      : { GRANTOR_TRUST_PROXY: '127.0.0.1' }),
  }
  const program = path.resolve(import.meta.dirname, '../../../dist/main.js')
  const command: RunCommand = (args, input = '') => {
    const run = spawnSync(process.execPath, [program, ...args], { env, input, encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`grantor ${args.join(' ')}\n${run.stderr}`)
    return run.stdout
  }
  command(['migrate'])
  const server = startProcess(
    process.execPath,
    ['--max-semi-space-size=8', program, 'start'],
    path.join(work, 'grantor.log'),
    env,
  )
  const closers: (() => void)[] = [() => server.kill()]
  if (!ownTls) closers.push(await startTlsProxy({ listen, target: port, certificates, registrationMembers }))
  await untilReady(`${issuer}/health/ready`, fetch, [server], 60)
  addAccount(command)
  closers.push(await startApi(command, certificates, fetch))
  return {
    command,
    stop: () => {
      for (const close of closers) close()
    },
  }
}

function addAccount(command: RunCommand) {
  const { username, password } = account
  const each = Object.entries(claims).flatMap(([name, value]) => [
    '--claim',
    `${name}=${JSON.stringify(value)}`,
  ])
  const known = ['--email', 'alice@example.test', '--email-verified', '--name', 'Alice Example']
  command(['user', 'create', '--username', username, ...known, ...each, '--password-stdin'], password)
}

/** An API behind grantor/verify, for the plans without a UserInfo endpoint. */
async function startApi(command: RunCommand, certificates: Certificates, fetch: TrustingFetch) {
  const scopes = ['--scope', 'api:read=Read', '--scope', 'api:write=Write']
  command(['resource', 'create', '--identifier', api, '--name', 'The API', ...scopes])
  const service = command(['client', 'create', '--kind', 'service', '--name', 'The API', '--json'])
  const { client_id: clientId, client_secret: clientSecret } = JSON.parse(service)
  const verifier = createVerifier({
    issuer,
    audience: api,
    dpop: { required: true },
    // A module uses an access token right after its code was used twice: it must be refused at once.
    push: { clientId, clientSecret },
    fetch: (url, init) => fetch(url, init as never) as unknown as Promise<Response>,
    onFault: (reason) => console.error(`# API: ${reason}`),
  })
  const server = createServer(
    protect(verifier, { scope: 'api:read' }, (_request, response, { sub }) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ sub })),
    ),
  )
  const port = await freePort()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const closeProxy = await startTlsProxy({ listen: Number(new URL(api).port), target: port, certificates })
  return () => {
    closeProxy()
    server.close()
    verifier.close()
  }
}
