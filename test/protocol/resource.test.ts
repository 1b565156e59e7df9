// RFC 8707 2, RFC 9068 3: what a request is about, and the audience of each token.
import { describe, expect, it } from 'vitest'
import {
  checkResourceIdentifier,
  type Resource,
  resolveAudience,
  resolveResources,
  resourceFaults,
  type TargetRequest,
} from '../../src/protocol/resource.js'
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
    ['in other case', 'https://MAIL.test'],
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
    expect(ask('openid', [], { ...more, client }).resources).toEqual(['https://mail.test'])
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

  it('RFC 6749 3.3: a missing scope is that of the client, else all of the resource', () => {
    const client = aClient('web', { scope: 'openid mail:read files:read' })
    expect(ask(undefined, ['https://mail.test'], { client }).scope).toEqual(['openid', 'mail:read'])
    expect(ask('', ['https://mail.test'], { client }).scope).toEqual(['openid', 'mail:read'])
    expect(ask(undefined, ['https://mail.test']).scope).toEqual(['mail:read', 'mail:send', 'shared'])
    expect(ask(undefined)).toEqual(target([], [issuer], false))
  })

  it('specs.md 9: a missing scope never fails, even if that of the client spans resources', () => {
    const client = aClient('web', { scope: 'mail:read files:read general' })
    expect(ask(undefined, [], { client, registered: withDefault })).toEqual(
      target(['general'], ['urn:api:general'], false),
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
    expect(strict(undefined, ['https://files.test/api']).scope).toEqual(['files:read', 'shared'])
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
    expect(strict(undefined, [], { client })).toEqual(target(['mail:read'], ['https://mail.test'], false))
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
  })
})
