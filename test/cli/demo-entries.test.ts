// The first start on a loopback issuer: what is made, and what a newcomer reads.
import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { banner } from '../../src/cli/banner.js'
import { createDemoEntries, type DemoCredentials } from '../../src/cli/demo-entries.js'
import { configOf } from '../../src/cli/work.js'
import { hashSecret } from '../../src/crypto/handle.js'
import { createPasswordHasher } from '../../src/crypto/password.js'
import { createShell, type Shell } from './support.js'

async function makeEntries(shell: Shell): Promise<DemoCredentials> {
  const hasher = createPasswordHasher()
  const world = { now: () => shell.clock.now, random: randomBytes }
  const made = await shell.store((store) => createDemoEntries({ store, ...world }, hasher))
  await hasher.close()
  return made
}

it('gives a person, four clients and an API that fit together', async () => {
  const shell = createShell()
  const { password, secrets } = await makeEntries(shell)
  expect(password).toMatch(/^([a-z0-9]{4}-){3}[a-z0-9]{4}$/)
  expect(await shell.json('user get demo')).toMatchObject({
    sub: 'u_demo',
    name: 'Demo Person',
    has_password: true,
  })
  expect(await shell.json('client list')).toMatchObject([
    { client_id: 'demo-cli', redirect_uris: [], token_endpoint_auth_method: 'none' },
    { client_id: 'demo-service', grant_types: ['client_credentials'], resources: ['http://localhost:3001'] },
    { client_id: 'demo-spa', token_endpoint_auth_method: 'none' },
    { client_id: 'demo-web', redirect_uris: ['http://localhost:3000/callback'] },
  ])
  const apis = await shell.json<{ scopes: { name: string }[] }[]>('resource list')
  expect(apis).toMatchObject([{ identifier: 'http://localhost:3001', default: true }])
  expect(apis[0]?.scopes.map(({ name }) => name)).toEqual(['api:read', 'api:write'])
  for (const [id, secret] of Object.entries(secrets)) {
    const live = await shell.store((store) => store.clients.secrets(id, shell.clock.now))
    expect(live.map(({ hash }) => hash)).toEqual([hashSecret(secret)])
  }
  const hasher = createPasswordHasher()
  expect(
    await hasher.verify(
      await shell.store(async (store) => (await store.users.password('u_demo'))?.hash),
      password,
    ),
  ).toBe(true)
  await hasher.close()
})

it('AD06: two first starts at once make one account, and each secret once', async () => {
  const shell = createShell()
  // In one process, a migration would wait for the lock that the other start has, and hold it up meanwhile.
  await shell.store(async () => {})
  const made = await Promise.all([makeEntries(shell), makeEntries(shell)])
  expect(await shell.json('user list')).toMatchObject([{ sub: 'u_demo' }])
  for (const id of ['demo-web', 'demo-service']) {
    const given = made.flatMap(({ secrets }) => secrets[id] ?? [])
    expect(given).toHaveLength(1)
    const live = await shell.store((store) => store.clients.secrets(id, shell.clock.now))
    expect(live.map(({ hash }) => hash)).toEqual(given.map(hashSecret))
  }
})

it('leaves alone what has the same name already', async () => {
  const shell = createShell()
  const mine = 'client create --kind native --name Mine --id demo-web --redirect-uri http://127.0.0.1/cb'
  await shell.json(mine)
  const { secrets } = await makeEntries(shell)
  expect(Object.keys(secrets)).toEqual(['demo-service'])
  expect(await shell.json('client get demo-web')).toMatchObject({ client_name: 'Mine' })
})

it('is told with one curl that can be pasted, and only once', () => {
  const config = configOf({ env: {} })
  const secrets = { 'demo-web': 'web-secret', 'demo-service': 'service-secret' }
  const told = banner({ config, version: '1.2.3', demo: { password: 'the-password', secrets } })
  expect(told).toContain('demo / the-password')
  expect(told).toContain(
    'curl -s -u demo-service:service-secret -d grant_type=client_credentials -d scope=api:read http://localhost:9000/token\n',
  )
  const later = banner({ config, version: '1.2.3', demo: 'shown before' })
  expect(later).toContain('npx grantor user set-password demo')
  expect(later).not.toMatch(/curl|secret \S{20}/)
  expect(banner({ config, version: '1.2.3', demo: 'removed' })).not.toContain('demo')
})
