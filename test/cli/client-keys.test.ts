// grantor client with keys in place of a secret, and secrets that sign (RFC 7523, OIDC Core 9).
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { knownClientSecret } from '../../src/crypto/client-secret.js'
import { hashSecret } from '../../src/crypto/handle.js'
import { parseMasterKey } from '../../src/crypto/master-key.js'
import { deriveSecrets } from '../../src/crypto/secrets.js'
import { publicJwk } from '../support/assertion.js'
import { knownKey } from '../support/keys.js'
import { createShell, type Shell } from './support.js'

const service = ['client', 'create', '--kind', 'service', '--name', 'X', '--id', 'x']
const withKeys = (...more: string[]) => [...service, '--auth-method', 'private_key_jwt', ...more]
const jwks = { keys: [publicJwk(knownKey('ES256'), { kid: 'a' })] }

type Registered = { client_secret: string; [member: string]: unknown }

function fileOf(shell: Shell, content: unknown): string {
  const file = path.join(shell.folder, 'jwks.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

const secretsOf = (shell: Shell) => shell.store((store) => store.clients.secrets('x', shell.clock.now))

it('registers keys from a file, and makes no secret', async () => {
  const shell = createShell()
  const made = await shell.json(withKeys('--jwks', fileOf(shell, jwks)))
  expect(made).toMatchObject({ token_endpoint_auth_method: 'private_key_jwt', jwks })
  expect(made).not.toHaveProperty('client_secret')
  expect(await secretsOf(shell)).toEqual([])
  expect(await shell.run('client rotate-secret x')).toMatchObject({
    code: 1,
    err: 'x authenticates with private_key_jwt: it has no secret.\n',
  })
})

it('registers the address of keys, and one takes the place of the other', async () => {
  const shell = createShell()
  const uri = 'https://app.test/jwks'
  expect(await shell.json(withKeys('--jwks-uri', uri))).toMatchObject({ jwks_uri: uri })
  const held = await shell.json(['client', 'update', 'x', '--jwks', fileOf(shell, jwks)])
  expect(held).toMatchObject({ jwks })
  expect(held).not.toHaveProperty('jwks_uri')
  const published = await shell.json(['client', 'update', 'x', '--jwks-uri', uri])
  expect(published).toMatchObject({ jwks_uri: uri })
  expect(published).not.toHaveProperty('jwks')
})

it.each([
  ['a private key', { keys: [knownKey('ES256').export({ format: 'jwk' })] }, 'not a public key'],
  ['no JSON', '{', 'no JSON that can be read'],
])('refuses %s, and does not repeat it', async (_name, content, said) => {
  const shell = createShell()
  const { code, err } = await shell.run(withKeys('--jwks', fileOf(shell, content)))
  expect(code).toBe(2)
  expect(err).toContain(said)
  expect(err).not.toContain(String(knownKey('ES256').export({ format: 'jwk' }).d))
})

it('refuses a file that is not there, and keys that are nowhere', async () => {
  const shell = createShell()
  expect((await shell.run(withKeys('--jwks', '/nowhere/jwks.json'))).code).toBe(2)
  expect(await shell.run(withKeys())).toMatchObject({ code: 2, err: expect.stringContaining('jwks') })
})

it('gives client_secret_jwt secrets that can be made again, also when they are rotated', async () => {
  const shell = createShell()
  const first = await shell.json<Registered>([...service, '--auth-method', 'client_secret_jwt'])
  expect(first.client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
  shell.clock.now += 1
  const second = await shell.json<Registered>('client rotate-secret x --overlap 100')
  const master = readFileSync(shell.env.GRANTOR_MASTER_KEY_FILE as string, 'utf8')
  const secrets = deriveSecrets(parseMasterKey(master))
  const again = (await secretsOf(shell)).map((row) => knownClientSecret('x', row, secrets))
  expect(again).toEqual([second.client_secret, first.client_secret])
  expect(second.client_secret).not.toBe(first.client_secret)
})

it('replaces a random secret when a client turns to client_secret_jwt, and keeps the new one on the way back', async () => {
  const shell = createShell()
  const random = await shell.json<Registered>(service)
  const derived = await shell.json<Registered>('client update x --auth-method client_secret_jwt')
  expect(derived.client_secret).not.toBe(random.client_secret)
  const hashes = async () => (await secretsOf(shell)).map(({ hash }) => hash)
  expect(await hashes()).toEqual([hashSecret(derived.client_secret)])
  for (const method of ['client_secret_basic', 'client_secret_jwt'])
    expect(await shell.json(`client update x --auth-method ${method}`)).not.toHaveProperty('client_secret')
  expect(await hashes()).toEqual([hashSecret(derived.client_secret)])
})

it('takes the secret from a client that turns to keys', async () => {
  const shell = createShell()
  await shell.json(service)
  const file = fileOf(shell, jwks)
  await shell.json(['client', 'update', 'x', '--auth-method', 'private_key_jwt', '--jwks', file])
  expect(await secretsOf(shell)).toEqual([])
})
