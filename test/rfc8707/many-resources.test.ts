// RFC 8707 2: thousands of APIs, and two of the days when each spelling was an API of its own.
import { describe, expect, it } from 'vitest'
import { resolveAudience, resolveResources } from '../../src/protocol/resource.js'
import { processorTime } from '../support/processor-time.js'
import { aClient, aResource, issuer, refusal } from '../support/values.js'

describe('PC01: a request costs hardly more where 3,000 APIs are registered', () => {
  const registered = Array.from({ length: 3000 }, (_, index) =>
    aResource(`https://api${index}.test/v1`, ['read']),
  )
  const identifiers = registered.map(({ identifier }) => identifier)
  const named = registered[99]?.identifier.replace('api', 'API') ?? ''
  const limit = 10

  it.each([
    ['of a client for every API', {}],
    ['of a client for a hundred APIs', { resources: identifiers.slice(0, 100) }],
  ])('%s', async (_, metadata) => {
    const request = { scope: 'openid read', client: aClient('web', metadata), registered, issuer }
    const ask = (resource: string) => resolveResources({ ...request, resources: [resource] })
    expect(await processorTime(() => ask(named), limit)).toBeLessThan(limit)
    const guess = () => refusal(() => ask('https://guess.test/v1'))
    expect(guess()).toMatchObject({ code: 'invalid_target' })
    expect(await processorTime(guess, limit)).toBeLessThan(limit)
  })
})

it('PC01: of two APIs that were registered in two spellings, the one that was granted gets the token', () => {
  const [upper, lower] = [
    aResource('https://API.test/v1', ['admin']),
    aResource('https://api.test/v1', ['read']),
  ]
  const { resource, scope } = resolveAudience({
    client: aClient('web'),
    asked: [lower.identifier],
    scope: ['read', 'admin'],
    grant: { scope: ['read'], resources: [upper.identifier, lower.identifier], explicitResource: true },
    registered: [upper, lower],
    issuer,
  })
  expect([resource.identifier, scope]).toEqual([lower.identifier, ['read']])
})
