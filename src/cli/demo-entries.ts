// Owns the demo user, clients and API of a first start on a loopback issuer, and keeps them out of production.
import { addRandomSecret } from '../clients/secret.js'
import { newId } from '../crypto/handle.js'
import type { PasswordHasher } from '../crypto/password.js'
import { readableText } from '../crypto/readable.js'
import { type ClientKind, hasSecret, parseClientMetadata } from '../protocol/client.js'
import { type PreparedPassword, preparePassword } from '../protocol/password.js'
import type { Store } from '../store/store.js'
import { Failure } from './verb.js'
import type { Work } from './work.js'

export const demoSub = 'u_demo'
const demoApi = 'http://localhost:3001'
const demoApiName = 'Demo API'

const demoClients: { id: string; kind: ClientKind; members: Record<string, unknown> }[] = [
  {
    id: 'demo-web',
    kind: 'web',
    members: {
      client_name: 'Demo web app',
      redirect_uris: ['http://localhost:3000/callback'],
      post_logout_redirect_uris: ['http://localhost:3000/'],
    },
  },
  {
    id: 'demo-spa',
    kind: 'spa',
    members: {
      client_name: 'Demo single-page app',
      redirect_uris: ['http://localhost:3000/callback', 'http://localhost:5173/callback'],
      post_logout_redirect_uris: ['http://localhost:3000/', 'http://localhost:5173/'],
    },
  },
  { id: 'demo-cli', kind: 'device', members: { client_name: 'Demo command line' } },
  { id: 'demo-service', kind: 'service', members: { client_name: 'Demo service', resources: [demoApi] } },
]

/** What is shown once, after the first start. */
export type DemoCredentials = { password: string; secrets: Record<string, string> }

/** Makes the demo entries. */
export async function createDemoEntries(
  { store, now, random }: Pick<Work, 'store' | 'now' | 'random'>,
  passwords: PasswordHasher,
): Promise<DemoCredentials> {
  const at = now()
  const secrets: Record<string, string> = {}
  await store.resources.create({
    identifier: demoApi,
    name: demoApiName,
    scopes: [
      { name: 'api:read', description: 'Read your data in the demo API' },
      { name: 'api:write', description: 'Change your data in the demo API' },
    ],
    defaultScope: [],
    clients: 'registered',
    tokenFormat: 'jwt',
    isDefault: true,
    disabled: false,
    createdAt: at,
  })
  for (const { id, kind, members } of demoClients) {
    const metadata = parseClientMetadata(kind, members)
    const ownGrantId = newId(at, random)
    const stamps = { verified: true, disabled: false, ownGrantId, createdAt: at, updatedAt: at }
    if (!(await store.clients.create({ id, kind, metadata, ...stamps }))) continue
    if (hasSecret(metadata)) secrets[id] = await addRandomSecret(id, { store, now, random })
  }
  const password = preparePassword(readableText(4, random)) as PreparedPassword
  await store.users.create(
    {
      sub: demoSub,
      username: 'demo',
      email: 'demo@example.com',
      emailVerified: true,
      claims: { name: 'Demo Person', given_name: 'Demo', family_name: 'Person' },
      disabled: false,
      createdAt: at,
      updatedAt: at,
    },
    await passwords.hash(password),
  )
  return { password, secrets }
}

/**
 * Production never starts beside accounts whose secrets may have been on a screen.
 * @throws Failure naming the commands that remove them
 */
export async function refuseDemoEntries({
  clients,
  resources,
  users,
}: Pick<Store, 'clients' | 'resources' | 'users'>): Promise<void> {
  const commands: string[] = []
  for (const { id } of demoClients) {
    if ((await clients.find(id)) !== undefined) commands.push(`grantor client delete ${id}`)
  }
  if ((await users.find(demoSub)) !== undefined) commands.push(`grantor user delete ${demoSub}`)
  // As the default API it would be the audience of every token that names none.
  if ((await resources.find(demoApi))?.name === demoApiName)
    commands.push(`grantor resource delete ${demoApi}`)
  if (commands.length === 0) return
  throw new Failure(
    ['This database holds demo entries, which are for loopback issuers only. Remove them:', ...commands].join(
      '\n  ',
    ),
  )
}
