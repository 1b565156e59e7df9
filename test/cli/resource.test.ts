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
    ])
    expect(made).toEqual({
      identifier: 'https://api.test',
      name: 'Calendar',
      scopes: [
        { name: 'events:read', description: 'See your events = all' },
        { name: 'events:write', description: 'Change your events' },
      ],
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
    ['an unknown format', [...create, '--token-format', 'saml'], 'jwt, opaque'],
    ['a lifetime of nothing', [...create, '--token-ttl', '0'], 'whole number'],
  ])('refuses %s with exit code 2', async (_what, command, told) => {
    const { code, out, err } = await createShell().run(command)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(told)
  })

  it('refuses what is there already, and a second default', async () => {
    const shell = createShell()
    await shell.json([...create, '--default'])
    expect((await shell.run(create)).code).toBe(1)
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
