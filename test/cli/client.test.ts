// grantor client: registration metadata in, registration metadata out, secrets shown once.
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/crypto/handle.js'
import { aClient } from '../support/values.js'
import { createShell, type Shell } from './support.js'

const web = ['client', 'create', '--kind', 'web', '--name', 'My app', '--redirect-uri', 'https://app.test/cb']

type Registered = { client_id: string; client_secret: string }

const secretsOf = (shell: Shell, id: string, now: number) =>
  shell.store(async (store) => (await store.clients.secrets(id, now)).map(({ hash }) => hash))

describe('client create', () => {
  it('prints RFC 7591 metadata with the secret, with and without --json', async () => {
    const shell = createShell()
    const { code, out, err } = await shell.run(web)
    expect(code).toBe(0)
    const plain = JSON.parse(out)
    expect(plain).toMatchObject({
      client_name: 'My app',
      redirect_uris: ['https://app.test/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      application_type: 'web',
      client_id_issued_at: shell.clock.now,
      client_secret_expires_at: 0,
    })
    expect(plain.client_id).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(plain.client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(err).toContain('not shown again')
    expect(Object.keys(await shell.json(web))).toEqual(Object.keys(plain))
  })

  it('AP01: switches PKCE off with a warning, on again without one', async () => {
    const shell = createShell()
    const { code, out, err } = await shell.run([...web, '--set', 'require_pkce=false'])
    expect(code).toBe(0)
    const { client_id: id, require_pkce } = JSON.parse(out)
    expect(require_pkce).toBe(false)
    expect(err).toContain('only an app that checks the nonce of the ID token is safe from')
    const on = await shell.run(`client update ${id} --unset require_pkce`)
    expect(on.err).not.toContain('nonce')
    expect(JSON.parse(on.out).require_pkce).toBe(true)
    const off = await shell.run(`client update ${id} --set require_pkce=false`)
    expect(off.err).toContain('Warning: with require_pkce=false')
  })

  it('PK09: refuses that for public clients, on changing to one, and for an app that registered itself', async () => {
    const shell = createShell()
    const spa =
      'client create --kind spa --name X --redirect-uri https://spa.test/cb --set require_pkce=false'
    expect((await shell.run(spa)).err).toContain('a public client always uses PKCE')
    const { client_id: id } = await shell.json([...web, '--set', 'require_pkce=false'])
    const none = await shell.run(`client update ${id} --auth-method none`)
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('a public client always uses PKCE') })
    const own = aClient('web', {}, { id: 'self', verified: false })
    const allowed = aClient(
      'web',
      { require_pkce: false },
      { id: 'allowed', verified: false, ownGrantId: 'g' },
    )
    await shell.store(async ({ clients }) => {
      await clients.create(own)
      await clients.create(allowed)
    })
    const off = await shell.run('client update self --set require_pkce=false')
    expect(off).toMatchObject({ code: 2, err: expect.stringContaining('invite --allow-no-pkce') })
    expect((await shell.run('client update allowed --name Renamed')).code).toBe(0)
  })

  it('AD05, ST01: keeps only the hash of the secret, and never shows it again', async () => {
    const shell = createShell()
    const { client_id, client_secret } = await shell.json<Registered>(web)
    expect(await secretsOf(shell, client_id, shell.clock.now)).toEqual([hashSecret(client_secret)])
    const shown = await Promise.all(
      [`client get ${client_id}`, 'client list', 'audit tail'].map((command) =>
        shell.run(`${command} --json`),
      ),
    )
    expect(shown.map(({ out }) => out).join()).not.toContain(client_secret)
  })

  it.each([
    ['spa', 'none', ['authorization_code', 'refresh_token']],
    ['native', 'none', ['authorization_code', 'refresh_token']],
    ['service', 'client_secret_basic', ['client_credentials']],
  ])('makes a %s client', async (kind, method, grants) => {
    const redirect = kind === 'service' ? '' : ' --redirect-uri http://127.0.0.1/cb'
    const made = await createShell().json(`client create --kind ${kind} --name X${redirect}`)
    expect(made).toMatchObject({ token_endpoint_auth_method: method, grant_types: grants })
    expect('client_secret' in made).toBe(method !== 'none')
  })

  it('PO01: says that an API which it is limited to does not list it', async () => {
    const shell = createShell()
    const api = 'https://api.test'
    await shell.json(['resource', 'create', '--identifier', api, '--name', 'X', '--clients', 'other'])
    const { err } = await shell.run([
      'client',
      'create',
      '--kind',
      'service',
      '--name',
      'Y',
      '--resource',
      api,
    ])
    expect(err).toContain(`grantor resource update ${api} --clients ID`)
  })

  it('PO05: shows whether UserInfo takes tokens for an API, and ends that', async () => {
    const shell = createShell()
    const { client_id } = await shell.json<Registered>(web)
    const shown = async () => (await shell.json(`client get ${client_id}`)).userinfo_with_api_token
    expect(await shown()).toBe(true)
    await shell.json(`client update ${client_id} --set userinfo_with_api_token=false`)
    expect(await shown()).toBe(false)
    await shell.json(`client update ${client_id} --unset userinfo_with_api_token`)
    expect(await shown()).toBe(true)
  })

  it('PO05: a client that registered itself has it never, whatever is set', async () => {
    const shell = createShell()
    const own = { userinfo_with_api_token: true }
    await shell.store((store) =>
      store.clients.create(aClient('web', own, { id: 'self-registered', verified: false })),
    )
    expect((await shell.json('client get self-registered')).userinfo_with_api_token).toBe(false)
  })

  it('takes every option of the interface', async () => {
    const made = await createShell().json([
      ...['client', 'create', '--kind', 'web', '--name', 'X', '--id', 'my-app'],
      ...['--redirect-uri', 'https://app.test/a', '--redirect-uri', 'https://app.test/b'],
      ...['--post-logout-redirect-uri', 'https://app.test/bye', '--scope', 'openid a:read'],
      ...[
        '--auth-method',
        'client_secret_post',
        '--resource',
        'https://a.test',
        '--resource',
        'https://b.test',
      ],
      ...[
        '--set',
        'client_uri="https://app.test"',
        '--set',
        'default_max_age=60',
        '--set',
        'contacts=["a@b.test"]',
      ],
    ])
    expect(made).toMatchObject({
      client_id: 'my-app',
      redirect_uris: ['https://app.test/a', 'https://app.test/b'],
      post_logout_redirect_uris: ['https://app.test/bye'],
      scope: 'openid a:read',
      token_endpoint_auth_method: 'client_secret_post',
      resources: ['https://a.test', 'https://b.test'],
      client_uri: 'https://app.test',
      default_max_age: 60,
      contacts: ['a@b.test'],
    })
  })

  it('AP03: takes each --set that README says, and text without quotes', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    const named = [...readme.matchAll(/--set (\w+=[\w.:/]+)/g)].map(([, pair = '']) => pair)
    expect(named).toContain('id_token_claims=minimal')
    const shell = createShell()
    const { client_id } = await shell.json<Registered>([...web, '--set', 'client_uri=https://app.test'])
    expect((await shell.json(`client get ${client_id}`)).client_uri).toBe('https://app.test')
    for (const pair of named) {
      const { code, err } = await shell.run(['client', 'update', client_id, '--set', pair])
      expect({ pair, code, err: code === 0 ? '' : err }).toEqual({ pair, code: 0, err: '' })
      const [name = ''] = pair.split('=')
      await shell.run(['client', 'update', client_id, '--unset', name])
    }
  })

  it.each([
    ['a faulty redirect', ['--redirect-uri', 'http://app.test/cb'], 'http://app.test/cb'],
    ['a member that nothing acts on', ['--set', 'software_id="x"'], 'software_id'],
    ['a member of the prototype', ['--set', '__proto__={}'], '__proto__'],
    ['a value that begins like JSON and is not', ['--set', 'contacts=["a@b.test"'], 'valid JSON'],
    ['no value', ['--set', 'client_uri='], 'client_uri='],
    ['a word for true or false', ['--set', 'require_pkce=no'], 'require_pkce'],
    ['a value of the wrong type', ['--set', 'default_max_age="soon"'], 'default_max_age'],
    ['an id that looks like a person', ['--id', 'u_1'], 'u_'],
    ['an unknown method', ['--auth-method', 'tls_client_auth'], 'client_secret_basic'],
  ])('refuses %s with exit code 2', async (_what, extra, told) => {
    const { code, out, err } = await createShell().run([...web, ...extra])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(told)
  })

  it('refuses an id that is taken', async () => {
    const shell = createShell()
    await shell.json([...web, '--id', 'x'])
    expect(await shell.run([...web, '--id', 'x'])).toMatchObject({
      code: 1,
      err: 'There is a client x already.\n',
    })
  })
})

describe('client rotate-secret', () => {
  it('keeps two secrets alive for the overlap, never three', async () => {
    const shell = createShell()
    const { now } = shell.clock
    const { client_id, client_secret: first } = await shell.json<Registered>(web)
    const rotate = () => shell.json<Registered>(`client rotate-secret ${client_id} --overlap 100`)
    shell.clock.now += 1
    const { client_secret: second } = await rotate()
    expect(await secretsOf(shell, client_id, now + 1)).toEqual([second, first].map(hashSecret))
    shell.clock.now += 1
    const { client_secret: third, ...rest } = await rotate()
    expect(rest).toMatchObject({ client_id, previous_secret_expires_at: now + 102 })
    expect(await secretsOf(shell, client_id, now + 2)).toEqual([third, second].map(hashSecret))
    expect(await secretsOf(shell, client_id, now + 102)).toEqual([hashSecret(third)])
  })

  it('ends the old one at once without overlap', async () => {
    const shell = createShell()
    const { client_id } = await shell.json<Registered>(web)
    const { client_secret } = await shell.json<Registered>(`client rotate-secret ${client_id} --overlap 0`)
    expect(await secretsOf(shell, client_id, shell.clock.now)).toEqual([hashSecret(client_secret)])
  })

  it('has nothing to do for a public client', async () => {
    const shell = createShell()
    await shell.json('client create --kind spa --name X --id spa --redirect-uri https://app.test/cb')
    expect((await shell.run('client rotate-secret spa')).code).toBe(1)
  })
})

it('tells of an API that is not registered, as its name may be mistyped', async () => {
  const shell = createShell()
  const { code, err } = await shell.run(
    'client create --kind service --name X --id x --resource https://a.test',
  )
  expect(code).toBe(0)
  expect(err).toContain('There is no API https://a.test yet')
  await shell.json('resource create --identifier https://a.test --name A')
  expect((await shell.run('client update x --resource https://a.test')).err).toBe('')
})

describe('client update', () => {
  it('changes what is named and keeps the rest', async () => {
    const shell = createShell()
    await shell.json([...web, '--id', 'x', '--scope', 'openid', '--set', 'client_uri="https://app.test"'])
    const changed = await shell.json('client update x --redirect-uri https://app.test/new --unset scope')
    expect(changed).toMatchObject({ client_name: 'My app', redirect_uris: ['https://app.test/new'] })
    expect(changed.client_uri).toBe('https://app.test')
    expect('scope' in changed || 'client_secret' in changed).toBe(false)
    expect(await shell.json('client get x')).toEqual(changed)
  })

  it('gives a secret to a client that becomes confidential, and takes it from one that becomes public', async () => {
    const shell = createShell()
    await shell.json('client create --kind native --name X --id x --redirect-uri http://127.0.0.1/cb')
    const confidential = await shell.json<Registered>('client update x --auth-method client_secret_post')
    expect(await secretsOf(shell, 'x', shell.clock.now)).toEqual([hashSecret(confidential.client_secret)])
    await shell.json('client update x --auth-method none')
    expect(await secretsOf(shell, 'x', shell.clock.now)).toEqual([])
  })
})

describe('client disable, enable, delete', () => {
  it('do what they say, and say it', async () => {
    const shell = createShell()
    await shell.json([...web, '--id', 'x'])
    expect(await shell.json('client disable x')).toEqual({ client_id: 'x', disabled: true })
    expect(await shell.json('client get x')).toMatchObject({ disabled: true })
    expect(await shell.json('client enable x')).toEqual({ client_id: 'x', disabled: false })
    expect(await shell.json('client delete x')).toEqual({ client_id: 'x', deleted: true })
    expect((await shell.run('client get x')).code).toBe(1)
    const trail = await shell.json<{ type: string }[]>('audit tail')
    expect(trail.map(({ type }) => type)).toEqual([
      'client.created',
      'client.disabled',
      'client.enabled',
      'client.deleted',
    ])
  })
})

describe('PO03: client disable of what has no row', () => {
  const url = 'https://tools.test/client.json'

  it('PO03: takes the address of a document, a sealed registration and a host, and shows them', async () => {
    const shell = createShell()
    await shell.json([...web, '--id', 'x'])
    expect(await shell.json(`client disable ${url}`)).toEqual({ client_id: url, disabled: true })
    expect(await shell.json('client disable dcr_abc')).toEqual({ client_id: 'dcr_abc', disabled: true })
    expect(await shell.json('client disable --host Evil.Example.')).toEqual({
      host: 'evil.example',
      disabled: true,
    })
    const facts = { disabled: true, disabled_at: shell.clock.now }
    expect(await shell.json('client list')).toMatchObject([
      { client_id: 'x', disabled: false },
      { host: 'evil.example', ...facts },
      { client_id: 'dcr_abc', ...facts },
      { client_id: url, ...facts },
    ])
    expect((await shell.run('client list')).out).toMatch(/host evil\.example .*disabled/)
    expect(await shell.json('client list --limit 1')).toHaveLength(4)
    expect(await shell.json(`client get ${url}`)).toEqual({ client_id: url, ...facts })
    await shell.json(`client enable ${url}`)
    await shell.json('client enable dcr_abc')
    await shell.json('client enable --host evil.example')
    expect(await shell.json('client list')).toHaveLength(1)
    const trail = await shell.json<{ type: string; detail?: object }[]>('audit tail')
    expect(trail.filter(({ type }) => type === 'client.disabled')).toHaveLength(3)
    expect(trail.at(-1)).toMatchObject({ type: 'client.enabled', detail: { host: 'evil.example' } })
  })

  it.each([
    ['client disable', 2, 'Name a client_id or --host'],
    [`client disable ${url} --host evil.example`, 2, 'Name a client_id or --host'],
    ['client disable nobody', 1, 'There is no client nobody.'],
    ['client disable https://tools.test', 2, 'it has no path'],
    ['client disable --host https://evil.example', 2, 'without scheme, port and path'],
    ['client disable --host evil.example:8443', 2, 'without scheme, port and path'],
    ['client disable --host *.evil.example', 2, 'without scheme, port and path'],
    ['client enable --host evil.example', 1, 'is not disabled'],
    [`client enable ${url}`, 1, 'There is no client'],
  ])('PO03: %s: exit code %i, saying why', async (command, code, why) => {
    const ended = await createShell().run(command)
    expect(ended.code).toBe(code)
    expect(ended.err).toContain(why)
  })
})

describe('client list', () => {
  it('pages, and says when there is more', async () => {
    const shell = createShell()
    for (const id of ['a', 'b', 'c']) await shell.json([...web, '--id', id])
    const { out, err } = await shell.run('client list --limit 2')
    expect(out).toMatch(/^CLIENT_ID.*\na .*\nb .*\n$/)
    expect(err).toContain('--after')
    const rest = await shell.json<Registered[]>('client list --limit 2 --after b')
    expect(rest.map(({ client_id }) => client_id)).toEqual(['c'])
  })
})
