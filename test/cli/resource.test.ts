// grantor resource: the APIs and their scopes.
import { describe, expect, it } from 'vitest'
import { createShell } from './support.js'

const create = ['resource', 'create', '--identifier', 'https://api.test', '--name', 'Calendar']

describe('resource create', () => {
  it('takes every option of the interface', async () => {
    const shell = createShell()
    const scopes = [
      '--scope',
      'events:read=See your events = all',
      '--scope',
      'events:write=Change your events',
    ]
    const made = await shell.json([
      ...create,
      ...scopes,
      '--token-format',
      'opaque',
      '--token-ttl',
      '120',
      '--default',
      '--default-scope',
      'events:read',
    ])
    expect(made).toEqual({
      identifier: 'https://api.test',
      name: 'Calendar',
      scopes: [
        { name: 'events:read', description: 'See your events = all' },
        { name: 'events:write', description: 'Change your events' },
      ],
      default_scope: ['events:read'],
      clients: 'registered',
      token_format: 'opaque',
      token_ttl: 120,
      default: true,
      disabled: false,
      created_at: shell.clock.now,
    })
    expect(await shell.json('resource list')).toEqual([made])
    expect((await shell.run('resource get https://api.test')).out).toContain('See your events')
  })

  it.each([
    ['a relative identifier', ['resource', 'create', '--identifier', 'api', '--name', 'X'], 'absolute URI'],
    ['a fragment', ['resource', 'create', '--identifier', 'https://api.test/#a', '--name', 'X'], 'fragment'],
    ['a scope of OpenID Connect', [...create, '--scope', 'openid=Hello'], 'OpenID Connect'],
    ['a scope with a quote', [...create, '--scope', 'a"b=Hello'], 'a"b'],
    ['a scope without words', [...create, '--scope', 'events:read'], 'events:read'],
    ['a scope twice', [...create, '--scope', 'a=A', '--scope', 'a=B'], 'twice'],
    ['a default scope that is not one', [...create, '--default-scope', 'a'], 'not one of its scopes'],
    ['all clients and one more', [...create, '--clients', 'all', '--clients', 'my-app'], 'stands alone'],
    ['ids with a comma', [...create, '--clients', 'all,my-app'], 'all,my-app cannot be a client id'],
    ['a document without a path', [...create, '--clients', 'https://a.test'], 'cannot be a client id'],
    ['no client', [...create, '--clients', ' '], '1 to 200 client ids'],
    ['an unknown format', [...create, '--token-format', 'saml'], 'jwt, opaque'],
    ['a lifetime of nothing', [...create, '--token-ttl', '0'], 'whole number'],
  ])('refuses %s with exit code 2', async (_what, command, told) => {
    const { code, out, err } = await createShell().run(command)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(told)
  })

  it('PC01: refuses what is there already, in any spelling, and a second default', async () => {
    const shell = createShell()
    await shell.json([...create, '--default'])
    expect((await shell.run(create)).code).toBe(1)
    const spelled = create.map((word) => word.replace('https://api.test', 'https://API.test:443/'))
    expect(await shell.run(spelled)).toMatchObject({
      code: 1,
      err: expect.stringContaining('exists already as https://api.test, which means the same'),
    })
    const second = ['resource', 'create', '--identifier', 'https://b.test', '--name', 'B', '--default']
    expect(await shell.run(second)).toMatchObject({ code: 1, err: expect.stringContaining('--no-default') })
    await shell.json('resource update https://api.test --no-default')
    expect((await shell.run(second)).code).toBe(0)
  })
})

describe('resource update and delete', () => {
  it('change what is named and keep the rest', async () => {
    const shell = createShell()
    await shell.json([...create, '--scope', 'a=A', '--default'])
    expect(await shell.json('resource update https://api.test --token-ttl 60 --disable')).toMatchObject({
      name: 'Calendar',
      scopes: [{ name: 'a', description: 'A' }],
      token_ttl: 60,
      default: true,
      disabled: true,
    })
    expect(await shell.json('resource update https://api.test --enable --scope b=B')).toMatchObject({
      scopes: [{ name: 'b', description: 'B' }],
      disabled: false,
    })
    expect((await shell.run('resource update https://api.test --enable --disable')).code).toBe(2)
    expect(await shell.json('resource delete https://api.test')).toEqual({
      identifier: 'https://api.test',
      deleted: true,
    })
    expect(await shell.json('resource list')).toEqual([])
  })
})

describe('which clients may request it', () => {
  it('PO01: are registered ones, all, or those that are listed; shown by get and list', async () => {
    const shell = createShell()
    const web = ['client', 'create', '--kind', 'device', '--name', 'X', '--id', 'my-app']
    await shell.json(web)
    expect((await shell.json(create)).clients).toBe('registered')
    const update = ['resource', 'update', 'https://api.test', '--clients']
    expect((await shell.json([...update, 'all'])).clients).toBe('all')
    const ids = ['my-app', 'https://tools.test/client.json', 'mistyped']
    const listed = await shell.run([...update, ids.slice(0, 2).join(' '), '--clients', 'mistyped'])
    expect(listed.err).toBe('There is no client mistyped yet.\n')
    expect(listed.out).toMatch(/clients +my-app https:\/\/tools\.test\/client\.json mistyped\n/)
    expect((await shell.json('resource get https://api.test')).clients).toEqual(ids)
    expect((await shell.run('resource list')).out).toContain('3 listed')
    expect((await shell.json('resource update https://api.test --token-ttl 60')).clients).toEqual(ids)
    expect((await shell.json([...update, 'registered'])).clients).toBe('registered')
  })

  it('PO01: no client can be called like the words', async () => {
    for (const id of ['all', 'registered']) {
      const made = await createShell().run([
        'client',
        'create',
        '--kind',
        'device',
        '--name',
        'X',
        '--id',
        id,
      ])
      expect(made).toMatchObject({ code: 2, err: expect.stringContaining(`not all or registered`) })
    }
  })
})

describe('the default scopes', () => {
  it('PO09: are none unless set, follow the scopes, and can be taken back', async () => {
    const shell = createShell()
    const scopes = ['--scope', 'a=A', '--scope', 'b=B']
    expect((await shell.json([...create, ...scopes])).default_scope).toEqual([])
    const update = ['resource', 'update', 'https://api.test']
    expect((await shell.json([...update, '--default-scope', 'a  b'])).default_scope).toEqual(['a', 'b'])
    expect((await shell.json([...update, '--scope', 'b=B'])).default_scope).toEqual(['b'])
    expect((await shell.json([...update, '--default-scope', ''])).default_scope).toEqual([])
  })
})

describe('resource metadata', () => {
  it('is the document for the API to publish, and its address', async () => {
    const shell = createShell()
    const api = 'https://mcp.test/mcp'
    await shell.json(['resource', 'create', '--identifier', api, '--name', 'Tools', '--scope', 'a=A'])
    const address = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'
    expect(await shell.json(`resource metadata ${api}`)).toEqual({
      address,
      document: {
        resource: api,
        resource_name: 'Tools',
        authorization_servers: [expect.stringMatching(/^http/)],
        scopes_supported: ['a'],
        bearer_methods_supported: ['header'],
      },
    })
    expect((await shell.run(`resource metadata ${api}`)).out).toContain(`GET ${address}`)
  })

  it('is not had of what has no address', async () => {
    const shell = createShell()
    await shell.json(['resource', 'create', '--identifier', 'urn:example:api', '--name', 'X'])
    const { code, err } = await shell.run('resource metadata urn:example:api')
    expect([code, err]).toEqual([1, expect.stringContaining('no address')])
  })
})
