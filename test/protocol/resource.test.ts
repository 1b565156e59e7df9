// RFC 8707 2, RFC 9068 3: what a request is about, and the audience of each token.
import { describe, expect, it } from 'vitest'
import { OAuthError } from '../../src/protocol/error.js'
import {
  type Resource,
  resolveAudience,
  resolveResources,
  resourceFaults,
  type TargetRequest,
} from '../../src/protocol/resource.js'
import { checkResourceIdentifier } from '../../src/protocol/resource-identifier.js'
import { aClient, aResource, issuer, refusal } from '../support/values.js'

const mail = aResource('https://mail.test', ['mail:read', 'mail:send', 'shared'])
const files = aResource('https://files.test/api', ['files:read', 'shared'])
const gone = aResource('https://gone.test', ['gone:read'], { disabled: true })
const general = aResource('urn:api:general', ['general'], { isDefault: true })
const registered = [mail, files, gone]
const withDefault = [...registered, general]

const ask = (scope?: string, resources: string[] = [], more: Partial<TargetRequest> = {}) =>
  resolveResources({ scope, resources, client: aClient('web'), registered, issuer, ...more })
const strict = (scope?: string, resources: string[] = [], more: Partial<TargetRequest> = {}) =>
  ask(scope, resources, { client: aClient('service'), strict: true, ...more })
/** What is thrown, whatever it is. */
function thrown(act: () => unknown): OAuthError {
  try {
    act()
  } catch (error) {
    if (error instanceof OAuthError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
const target = (scope: string[], resources: string[], explicitResource: boolean) => ({
  scope,
  resources,
  explicitResource,
})

describe('a request that names resources', () => {
  it('RFC 8707 2: each is found and becomes the identifier as registered', () => {
    expect(ask('mail:read files:read', ['https://mail.test', 'https://files.test/api'])).toEqual(
      target(['mail:read', 'files:read'], ['https://mail.test', 'https://files.test/api'], true),
    )
  })

  it('specs.md 9: an origin matches with and without its slash, a path only as it is', () => {
    expect(ask('mail:read', ['https://mail.test/']).resources).toEqual(['https://mail.test'])
    const slashed = { registered: [aResource('https://mail.test/', ['mail:read'])] }
    expect(ask('mail:read', ['https://mail.test'], slashed).resources).toEqual(['https://mail.test/'])
    expect(ask('openid', [`${issuer}/`]).resources).toEqual([issuer])
    expect(ask('mail:read', ['https://mail.test', 'https://mail.test/']).resources).toEqual([
      'https://mail.test',
    ])
    expect(refusal(() => ask('files:read', ['https://files.test/api/']))).toEqual({
      code: 'invalid_target',
      parameter: 'resource',
    })
  })

  it.each([
    ['unknown', 'https://other.test'],
    ['disabled', 'https://gone.test'],
    ['relative', '/api'],
    ['with a fragment', 'https://mail.test#x'],
    ['with an empty fragment', 'https://mail.test#'],
    ['in other case in its path', 'https://files.test/API'],
    ['at another port', 'https://mail.test:8443'],
    ['with a path added', 'https://mail.test/x'],
    ['overlong', `https://mail.test/${'a'.repeat(3000)}`],
    ['no URI', 'mail'],
  ])('TK16: one that is %s is an invalid target', (_, resource) => {
    expect(refusal(() => ask('mail:read', [resource])).code).toBe('invalid_target')
    expect(refusal(() => strict('mail:read', [resource])).code).toBe('invalid_target')
  })

  it('at most ten', () => {
    expect(refusal(() => ask('openid', Array(11).fill('https://mail.test'))).code).toBe('invalid_target')
    expect(ask('openid', Array(10).fill('https://mail.test')).resources).toHaveLength(1)
  })

  it('is held to the resources of the client; the server itself is always one', () => {
    const client = aClient('web', { resources: ['https://files.test/api'] })
    expect(refusal(() => ask('mail:read', ['https://mail.test'], { client })).code).toBe('invalid_target')
    expect(ask('openid', [issuer], { client }).resources).toEqual([issuer])
  })

  it('OIDC Core 3.1.2.1: scopes of other resources are passed over, unless nothing remains', () => {
    expect(ask('openid mail:read files:read', ['https://mail.test'])).toEqual(
      target(['openid', 'mail:read'], ['https://mail.test'], true),
    )
    expect(refusal(() => ask('files:read', ['https://mail.test'])).code).toBe('invalid_scope')
  })
})

describe('a request that names none', () => {
  it('RFC 9068 3: is about the one resource whose scopes it asks for', () => {
    expect(ask('openid mail:read')).toEqual(target(['openid', 'mail:read'], ['https://mail.test'], false))
    expect(ask('shared files:read').resources).toEqual(['https://files.test/api'])
  })

  it('RFC 9068 3: refuses scopes of several', () => {
    for (const scope of ['mail:read files:read', 'shared']) {
      expect(refusal(() => ask(scope))).toEqual({ code: 'invalid_scope', parameter: 'scope' })
    }
  })

  it('a scope of several means the default one if that is among them', () => {
    const preferred = { registered: [mail, { ...files, isDefault: true }] }
    expect(ask('shared', [], preferred).resources).toEqual(['https://files.test/api'])
  })

  it('else the only one of the client, else the default for pure OAuth, else the server itself', () => {
    const client = aClient('web', { resources: ['https://mail.test'] })
    const more = { registered: withDefault }
    expect(ask('offline_access', [], { ...more, client }).resources).toEqual(['https://mail.test'])
    expect(ask('openid', [], more).resources).toEqual([issuer])
    expect(ask('offline_access', [], more).resources).toEqual(['urn:api:general'])
    expect(ask(undefined, [], more).resources).toEqual(['urn:api:general'])
    expect(ask('offline_access').resources).toEqual([issuer])
    const elsewhere = aClient('web', { resources: ['https://mail.test', 'https://files.test/api'] })
    expect(ask(undefined, [], { ...more, client: elsewhere }).resources).toEqual([issuer])
  })

  it('a scope that only a forbidden or disabled resource knows is unknown', () => {
    const client = aClient('web', { resources: ['https://files.test/api'] })
    expect(ask('openid mail:read gone:read', [], { client }).scope).toEqual(['openid'])
    expect(refusal(() => ask('mail:read', [], { client })).code).toBe('invalid_scope')
  })
})

describe('scopes', () => {
  it('OIDC Core 3.1.2.1: unknown ones are ignored, unless nothing remains', () => {
    expect(ask('openid unheard:of profile').scope).toEqual(['openid', 'profile'])
    expect(refusal(() => ask('unheard:of')).code).toBe('invalid_scope')
  })

  it('RFC 7591 2: one outside the scope metadata of the client is refused', () => {
    const client = aClient('web', { scope: 'openid mail:read' })
    expect(ask('openid mail:read', [], { client }).scope).toEqual(['openid', 'mail:read'])
    expect(refusal(() => ask('openid mail:send', [], { client })).code).toBe('invalid_scope')
    expect(refusal(() => ask('openid email', [], { client })).code).toBe('invalid_scope')
    expect(ask('openid unheard:of', [], { client }).scope).toEqual(['openid'])
  })

  it('PO05: those of OpenID Connect alone are for the server itself, whatever else the client has', () => {
    const client = aClient('web', {
      resources: ['https://mail.test'],
      scope: 'openid profile offline_access mail:read',
    })
    for (const scope of ['openid', 'openid profile', 'profile', 'openid offline_access'])
      expect(ask(scope, [], { client, registered: withDefault }).resources, scope).toEqual([issuer])
    expect(ask('openid mail:read', [], { client }).resources).toEqual(['https://mail.test'])
    expect(ask('openid', ['https://mail.test'], { client }).resources).toEqual(['https://mail.test'])
  })

  it('PO09: a missing scope is the default of the resource, never all that it has', () => {
    const registered = [{ ...mail, defaultScope: ['mail:read', 'gone:before'] }, files]
    for (const scope of [undefined, '', ' '])
      expect(ask(scope, ['https://mail.test'], { registered }).scope).toEqual(['mail:read'])
    expect(ask(undefined, ['https://files.test/api'], { registered }).scope).toEqual([])
    const both = ask(undefined, ['https://files.test/api', 'https://mail.test'], { registered })
    expect(both.scope).toEqual(['mail:read'])
    expect(ask(undefined)).toEqual(target([], [issuer], false))
    const client = aClient('web', { scope: 'openid mail:send' })
    expect(ask(undefined, ['https://mail.test'], { client, registered }).scope).toEqual([])
  })

  it('specs.md 9: a missing scope of a user never fails, even if that of the client spans resources', () => {
    const client = aClient('web', { scope: 'mail:read files:read general' })
    expect(ask(undefined, [], { client, registered: withDefault })).toEqual(
      target([], ['urn:api:general'], false),
    )
    expect(ask(undefined, [], { client }).scope).toEqual([])
  })

  it('OIDC Core 11: offline_access is passed over where there are no refresh tokens', () => {
    const client = aClient('web', { grant_types: ['authorization_code'] })
    expect(ask('openid offline_access', [], { client }).scope).toEqual(['openid'])
    expect(ask('openid offline_access').scope).toEqual(['openid', 'offline_access'])
  })
})

describe('client_credentials', () => {
  it('RFC 6749 4.4: scopes of one resource', () => {
    expect(strict('mail:read')).toEqual(target(['mail:read'], ['https://mail.test'], false))
    expect(strict('mail:read', ['https://mail.test'])).toEqual(
      target(['mail:read'], ['https://mail.test'], true),
    )
  })

  it('PO09: a missing scope is the default of the resource, and an error that says how to set one', () => {
    const registered = [{ ...mail, defaultScope: ['mail:read', 'shared'] }, files]
    const bare = aResource('https://bare.test', [])
    expect(strict(undefined, ['https://mail.test'], { registered }).scope).toEqual(['mail:read', 'shared'])
    expect(strict(undefined, ['https://bare.test'], { registered: [bare] }).scope).toEqual([])
    expect(strict(undefined)).toEqual(target([], [issuer], false))
    const narrow = aClient('service', { scope: 'mail:send' })
    const none: [string, Partial<TargetRequest>][] = [
      ['https://files.test/api', { registered }],
      ['https://mail.test', { registered, client: narrow }],
    ]
    for (const [uri, more] of none) {
      expect(refusal(() => strict(undefined, [uri], more)).code).toBe('invalid_scope')
      expect(() => strict(undefined, [uri], more)).toThrow(`grantor resource update ${uri} --default-scope`)
    }
  })

  it.each([
    'mail:read openid',
    'offline_access',
    'mail:read unheard:of',
    'mail:read files:read',
    'gone:read',
  ])('TK13: refuses %s', (scope) => expect(refusal(() => strict(scope)).code).toBe('invalid_scope'))

  it('TK13: refuses what is foreign to the named resource or to the client', () => {
    expect(refusal(() => strict('files:read', ['https://mail.test'])).code).toBe('invalid_scope')
    const client = aClient('service', { scope: 'mail:read' })
    expect(refusal(() => strict('mail:send', [], { client })).code).toBe('invalid_scope')
  })
})

describe('PO01: which clients may request a resource', () => {
  const selfRegistered = aClient('web', {}, { verified: false })
  const listed = { ...mail, clients: ['c_native', 'https://tools.test/client.json'] }
  const open = { ...files, clients: 'all' as const }
  const among = [mail, open]

  it('is said by the resource: registered ones unless it says otherwise, all, or those that it lists', () => {
    expect(ask('mail:read', ['https://mail.test'], { registered: among }).scope).toEqual(['mail:read'])
    const request = { registered: among, client: selfRegistered }
    expect(refusal(() => ask('mail:read', ['https://mail.test'], request)).code).toBe('invalid_target')
    expect(ask('files:read', ['https://files.test/api'], request).scope).toEqual(['files:read'])
    expect(refusal(() => ask('mail:read', ['https://mail.test'], { registered: [listed] })).code).toBe(
      'invalid_target',
    )
    for (const client of [
      aClient('native'),
      aClient('web', {}, { verified: false, id: 'https://tools.test/client.json' }),
    ])
      expect(ask('mail:read', [], { registered: [listed], client }).resources).toEqual(['https://mail.test'])
  })

  it('the error says so, and how to open it', () => {
    const request = { registered: among, client: selfRegistered }
    const open = 'grantor resource update https://mail.test --clients all'
    expect(() => ask('mail:read', ['https://mail.test/'], request)).toThrow(open)
  })

  it('a scope alone does not tell the client which API it belongs to, only the log', () => {
    const request = { registered: among, client: selfRegistered }
    expect(refusal(() => ask('mail:read', [], request)).code).toBe('invalid_scope')
    const error = thrown(() => ask('mail:read', [], request))
    expect(error.description).toContain('grantor resource update API --clients all')
    expect(error.description).not.toContain('mail.test')
    expect(error.detail.reason).toContain('grantor resource update https://mail.test --clients all')
  })

  it('the error says so to a client that an administrator registered', () => {
    const list = 'grantor resource update https://mail.test --clients ID'
    expect(() => ask('mail:read', ['https://mail.test'], { registered: [listed] })).toThrow(list)
    const sole = aClient('service', { resources: ['https://mail.test'] })
    expect(() => strict(undefined, [], { registered: [listed], client: sole })).toThrow(list)
  })

  it('holds for the default resource and for scopes that others have too', () => {
    const registered = [{ ...mail, isDefault: true, defaultScope: ['mail:read'] }, open]
    const request = { registered, client: selfRegistered }
    expect(ask(undefined, [], request)).toEqual(target([], [issuer], false))
    expect(ask('shared', [], request).resources).toEqual(['https://files.test/api'])
    expect(ask('openid mail:read', [], request)).toEqual(target(['openid'], [issuer], false))
  })

  it('a resource that the client is not registered for is not told of', () => {
    const client = aClient('web', { resources: ['https://files.test/api'] })
    expect(() => ask('mail:read', ['https://mail.test'], { registered: [listed], client })).toThrow(
      'not registered here, or not for this client',
    )
  })
})

describe('resolveAudience', () => {
  const both = target(
    ['openid', 'mail:read', 'files:read'],
    ['https://mail.test', 'https://files.test/api'],
    true,
  )
  const narrow = (asked: string[], grant = both, among: Resource[] = registered) => {
    const { resource, scope } = resolveAudience({
      client: aClient('web'),
      asked,
      scope: grant.scope,
      grant,
      registered: among,
      issuer,
    })
    return [resource.identifier, scope]
  }

  it('RFC 8707 2.2: one granted resource with its own scopes; none asked means the first', () => {
    expect(narrow([])).toEqual(['https://mail.test', ['mail:read']])
    expect(narrow(['https://files.test/api'])).toEqual(['https://files.test/api', ['files:read']])
    expect(narrow(['https://mail.test/'])).toEqual(['https://mail.test', ['mail:read']])
    expect(narrow(['https://mail.test/', 'https://mail.test'])).toEqual(['https://mail.test', ['mail:read']])
  })

  it('the server itself is reachable once openid was granted', () => {
    expect(narrow([issuer])).toEqual([issuer, ['openid']])
    const without = target(['mail:read'], ['https://mail.test'], true)
    expect(refusal(() => narrow([issuer], without)).code).toBe('invalid_target')
  })

  it('a token by the default rule carries everything granted', () => {
    const implied = target(['openid', 'email', 'mail:read'], ['https://mail.test'], false)
    expect(narrow([], implied)).toEqual(['https://mail.test', ['openid', 'email', 'mail:read']])
    expect(narrow(['https://mail.test'], implied)).toEqual(['https://mail.test', ['mail:read']])
    expect(narrow([], target(['openid'], [issuer], false))).toEqual([issuer, ['openid']])
  })

  it.each([
    ['https://other.test'],
    ['https://gone.test'],
    ['https://mail.test#'],
    ['https://mail.test', 'https://files.test/api'],
  ])('TK16, RT08: refuses %s %s', (...asked) =>
    expect(refusal(() => narrow(asked)).code).toBe('invalid_target'),
  )

  it('PO01: a grant is narrowed to what the client may still request, or refused [RT07]', () => {
    const closed = [{ ...mail, clients: ['c_other'] }, files]
    expect(narrow([], both, closed)).toEqual(['https://files.test/api', ['files:read']])
    expect(refusal(() => narrow(['https://mail.test'], both, closed)).code).toBe('invalid_target')
    const one = target(['mail:read'], ['https://mail.test'], true)
    expect(() => narrow([], one, closed)).toThrow('grantor resource update https://mail.test --clients')
    expect(narrow([issuer], both, closed)).toEqual([issuer, ['openid']])
  })

  it('RT07: a resource or scope that was taken away is gone from new tokens', () => {
    const less = [aResource('https://mail.test', []), { ...files, disabled: true }]
    expect(narrow([], both, less)).toEqual(['https://mail.test', []])
    expect(refusal(() => narrow(['https://files.test/api'], both, less)).code).toBe('invalid_target')
    expect(refusal(() => narrow([], both, [])).code).toBe('invalid_target')
    expect(narrow([], both, [files])).toEqual(['https://files.test/api', ['files:read']])
    expect(narrow([], target(['openid', 'mail:read'], ['https://mail.test'], false), less)).toEqual([
      'https://mail.test',
      ['openid'],
    ])
  })
})

describe('registering a resource', () => {
  it.each(['https://api.test', 'https://api.test/v1?x=1', 'urn:example:api', 'api://mail'])(
    'accepts %s',
    (uri) => expect(checkResourceIdentifier(uri)).toBeUndefined(),
  )

  it.each(['', 'api', '/v1', 'https://api.test#', 'https://a b', 'https://[', 'ä:b'])('refuses %j', (uri) =>
    expect(checkResourceIdentifier(uri)).toEqual(expect.any(String)),
  )

  it('names every fault', () => {
    expect(resourceFaults(mail, issuer)).toEqual([])
    const bad = aResource(`${issuer}/`, ['openid', 'a b', 'x', 'x'], { name: '', tokenTtl: 0 })
    expect(resourceFaults(bad, issuer)).toHaveLength(6)
    for (const faulty of [{ defaultScope: ['y'] }, { clients: [] }, { clients: Array(201).fill('c') }])
      expect(resourceFaults({ ...mail, ...faulty }, issuer)).toHaveLength(1)
  })
})
