// OAuth 2.1 7.9, RFC 8252 8.6 and the group CO: when a person is asked.
import { describe, expect, it } from 'vitest'
import { consentToAsk, rememberConsent } from '../../src/protocol/consent.js'
import { aClient, aRequest, issuer } from '../support/values.js'

const web = aClient('web')
const request = aRequest({ scope: ['openid', 'email'] })
const all = { scope: ['openid', 'email', 'profile'], resources: [issuer] }

describe('consentToAsk', () => {
  it('asks the first time, even for no scope at all', () => {
    expect(consentToAsk(request, web, undefined)).toEqual({
      scope: ['openid', 'email'],
      resources: [issuer],
      isNew: ['openid', 'email'],
    })
    expect(consentToAsk(aRequest({ scope: [] }), web, undefined)?.isNew).toEqual([])
  })

  it('does not ask again for what was allowed', () => expect(consentToAsk(request, web, all)).toBeUndefined())

  it('CO04: asks for what is new, a scope or a resource', () => {
    expect(consentToAsk(request, web, { ...all, scope: ['openid'] })?.isNew).toEqual(['email'])
    expect(consentToAsk(request, web, { ...all, resources: [] })).toMatchObject({ isNew: [] })
  })

  it('CO03: asks every time for a client that nobody has verified', () => {
    for (const skip_consent of [false, true]) {
      expect(consentToAsk(request, aClient('web', { skip_consent }, { verified: false }), all)).toBeDefined()
    }
  })

  it('CF07: but for prompt=none, where what it was allowed before counts', () => {
    const silent = { ...request, prompt: ['none' as const] }
    const app = (more = {}) => aClient('web', more, { verified: false })
    expect(consentToAsk(silent, app(), all)).toBeUndefined()
    expect(consentToAsk(silent, app(), { ...all, scope: ['openid'] })?.isNew).toEqual(['email'])
    expect(consentToAsk(silent, app({ skip_consent: true }), undefined)).toBeDefined()
    const local = { token_endpoint_auth_method: 'none', redirect_uris: ['http://localhost:3000/cb'] }
    expect(
      consentToAsk({ ...silent, redirectUri: 'http://localhost:3000/cb' }, app(local), all),
    ).toBeDefined()
  })

  it.each(['http://127.0.0.1:5/cb', 'http://localhost/cb', 'http://[::1]/cb', 'myapp:/cb'])(
    'CO05: asks every time when %s could be caught by any program',
    (redirectUri) => {
      const publicApp = aClient('native', { redirect_uris: [redirectUri] })
      expect(consentToAsk({ ...request, redirectUri }, publicApp, all)).toBeDefined()
      const confidential = aClient('native', {
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
      })
      expect(consentToAsk({ ...request, redirectUri }, confidential, all)).toBeUndefined()
    },
  )

  it('RFC 8252 7.2: a claimed https redirect of a native app needs no asking', () => {
    const app = aClient('native', { redirect_uris: ['https://app.test/cb'] })
    expect(consentToAsk(request, app, all)).toBeUndefined()
  })

  it('skip_consent never asks, but for prompt=consent', () => {
    const house = aClient('native', { skip_consent: true })
    expect(consentToAsk({ ...request, redirectUri: 'http://127.0.0.1/cb' }, house, undefined)).toBeUndefined()
    expect(consentToAsk({ ...request, prompt: ['consent'] }, house, all)).toBeDefined()
  })
})

describe('rememberConsent', () => {
  it('adds to what was allowed before, once each', () => {
    const more = { scope: ['email', 'phone'], resources: [issuer, 'https://mail.test'] }
    expect(rememberConsent(undefined, more)).toEqual(more)
    expect(rememberConsent(all, more)).toEqual({
      scope: ['openid', 'email', 'profile', 'phone'],
      resources: [issuer, 'https://mail.test'],
    })
    expect(all.scope).toHaveLength(3)
  })
})
