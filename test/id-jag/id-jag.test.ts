// The identity assertion grant (draft-ietf-oauth-identity-assertion-authz-grant): two servers of ours, one of which
// signs people in, and the other takes its word.
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tokenTypes } from '../../src/protocol/exchange.js'
import { jwtBearerType, tokenExchangeType } from '../../src/protocol/grant-type.js'
import { createBrowser } from '../support/browser.js'
import { inactive, introspect, outcome } from '../support/connected.js'
import { createProver } from '../support/dpop.js'
import {
  authenticatedPost,
  type Changes,
  claimsOf,
  codeFlow,
  tokenRequest,
  tokensOf,
} from '../support/flow.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Person, Registered } from '../support/server.js'

const api = 'https://chat.test'
let idp: ListeningServer
let chat: ListeningServer
let app: Registered
/** The same app, as the other server knows it. */
let appThere: Registered
let person: Person
let personThere: Person
let tokens: { id_token: string; refresh_token: string; access_token: string }

beforeEach(async () => {
  idp = await startServer()
  chat = await startServer()
  await chat.addResource(api, ['chat:read', 'chat:write'])
  appThere = await chat.addClient('service', { grant_types: [jwtBearerType] })
  app = await idp.addClient('web', {
    grant_types: ['authorization_code', 'refresh_token', tokenExchangeType],
    id_jag_audiences: { [chat.issuer]: appThere.client.id },
  })
  person = await idp.addUser({ username: 'alice', email: 'alice@corp.test' })
  personThere = await chat.addUser({ username: 'a.liddell', email: 'alice@corp.test' })
  await chat.deps.store.trustedIssuers.create({
    issuer: idp.issuer,
    rules: {
      jwks_uri: `${idp.issuer}/jwks`,
      accepts: ['id-jag'],
      clients: [appThere.client.id],
      resources: [api],
      scope: ['chat:read'],
      person: 'email',
    },
    disabled: false,
    createdAt: chat.clock.now,
  })
  const params = { scope: 'openid email offline_access' }
  const flow = await codeFlow(idp, createBrowser(idp), app, { person, params })
  tokens = { id_token: '', refresh_token: '', ...flow }
})
afterEach(async () => {
  await idp.close()
  await chat.close()
})

const params = (changes: Changes = {}): Changes => ({
  grant_type: tokenExchangeType,
  requested_token_type: tokenTypes.idJag,
  subject_token: tokens.id_token,
  subject_token_type: tokenTypes.idToken,
  audience: chat.issuer,
  resource: api,
  scope: 'chat:read chat:write',
  ...changes,
})
const ask = (changes: Changes = {}, client = app) => tokenRequest(idp, client, params(changes))
const asked = async (changes: Changes = {}, client = app) => outcome(await ask(changes, client))
const assertion = async (changes: Changes = {}) => (await tokensOf(await ask(changes))).access_token
const redeem = (text: string) => tokenRequest(chat, appThere, { grant_type: jwtBearerType, assertion: text })

describe('end to end', () => {
  it.each([
    ['an ID token', () => ({})],
    [
      'a refresh token',
      () => ({ subject_token: tokens.refresh_token, subject_token_type: tokenTypes.refreshToken }),
    ],
  ])('who signed in here with %s gets a token there', async (_what, changes) => {
    const answer = await ask(changes())
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const body = await answer.json()
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: tokenTypes.idJag,
      token_type: 'N_A',
      expires_in: 300,
      scope: 'chat:read chat:write',
    })
    const jwks = createLocalJWKSet(await (await idp.fetch('/jwks')).json())
    const { payload, protectedHeader } = await jwtVerify(body.access_token, jwks)
    expect(protectedHeader.typ).toBe('oauth-id-jag+jwt')
    expect(payload).toMatchObject({
      iss: idp.issuer,
      sub: person.user.sub,
      aud: chat.issuer,
      client_id: appThere.client.id,
      resource: api,
      scope: 'chat:read chat:write',
      email: 'alice@corp.test',
      email_verified: true,
      acr: 'urn:grantor:acr:pwd',
    })
    expect(Number(payload.exp) - Number(payload.iat)).toBe(300)

    const there = await redeem(body.access_token)
    const got = await there.json()
    expect(got).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'chat:read',
    })
    expect(claimsOf(got.access_token)).toMatchObject({
      iss: chat.issuer,
      sub: personThere.user.sub,
      aud: api,
      client_id: appThere.client.id,
    })
    expect(await introspect(chat, appThere, got.access_token)).toMatchObject({ active: true })
    expect(await outcome(await redeem(body.access_token))).toBe('400 invalid_grant')
    await chat.deps.store.users.setDisabled(personThere.user.sub, true, chat.clock.now)
    expect(await introspect(chat, appThere, got.access_token)).toEqual(inactive)
  })

  it('an assertion that is bound to a key gives a token that is bound to it', async () => {
    const [here, there] = [createProver(idp), createProver(chat)]
    const bound = await tokensOf(await here.token(app, params()))
    expect(claimsOf(bound.access_token).cnf).toEqual({ jkt: here.jkt })
    const redeeming = { grant_type: jwtBearerType, assertion: bound.access_token }
    expect(await outcome(await there.token(appThere, redeeming))).toBe('400 invalid_grant')
  })

  it('says no address that the app was not allowed to see', async () => {
    const flow = await codeFlow(idp, createBrowser(idp), app, { person })
    const text = await assertion({ subject_token: flow.id_token })
    expect(claimsOf(text)).not.toHaveProperty('email')
    expect(await outcome(await redeem(text))).toBe('400 invalid_grant')
  })
})

describe('as the one who signs people in', () => {
  it('gives nothing to a client or for a server that is not registered for it', async () => {
    const without = await idp.addClient('web', { grant_types: ['authorization_code', tokenExchangeType] })
    expect(await asked({}, without)).toBe('400 unauthorized_client')
    for (const audience of [
      'https://other.test',
      `${chat.issuer}/`,
      undefined,
      '__proto__',
      [chat.issuer, 'https://b.test'],
    ])
      expect(await asked({ audience }), String(audience)).toBe('400 invalid_target')
    expect(await asked({ resource: 'chat' })).toBe('400 invalid_target')
    expect(await asked({ scope: 'a"b' })).toBe('400 invalid_scope')
  })

  it('takes only an ID token or refresh token of the client, while that is alive', async () => {
    const other = await idp.addClient('web', {
      grant_types: ['authorization_code', 'refresh_token', tokenExchangeType],
      id_jag_audiences: { [chat.issuer]: 'x' },
    })
    const refresh = { subject_token: tokens.refresh_token, subject_token_type: tokenTypes.refreshToken }
    expect(await asked({}, other)).toBe('400 invalid_request')
    expect(await asked(refresh, other)).toBe('400 invalid_request')
    expect(await asked({ subject_token: 'x' })).toBe('400 invalid_request')
    expect(await asked({ subject_token: tokens.access_token })).toBe('400 invalid_request')
    expect(await asked({ subject_token_type: tokenTypes.accessToken })).toBe('400 invalid_request')
    expect(await asked({ actor_token: tokens.access_token, actor_token_type: tokenTypes.accessToken })).toBe(
      '400 invalid_request',
    )
    expect(await asked({ ...refresh, subject_token: tokens.id_token })).toBe('400 invalid_request')
    idp.clock.advance(300)
    expect(await asked()).toBe('400 invalid_request')
    expect(await asked(refresh)).toBe('200')
  })

  it('takes neither when the person has disconnected the app', async () => {
    await authenticatedPost(idp, '/revoke', app, { token: tokens.refresh_token })
    expect(await asked()).toBe('400 invalid_request')
    const refresh = { subject_token: tokens.refresh_token, subject_token_type: tokenTypes.refreshToken }
    expect(await asked(refresh)).toBe('400 invalid_request')
  })

  it('an assertion for another server is nobody’s token here', async () => {
    const text = await assertion()
    expect(await introspect(idp, app, text)).toEqual(inactive)
    expect(await asked({ subject_token: text })).toBe('400 invalid_request')
  })
})

it('the metadata names both roles', async () => {
  const metadata = await (await idp.fetch('/.well-known/oauth-authorization-server')).json()
  expect(metadata.identity_chaining_requested_token_types_supported).toEqual([tokenTypes.idJag])
  expect(metadata.authorization_grant_profiles_supported).toEqual([
    'urn:ietf:params:oauth:grant-profile:id-jag',
  ])
  expect(metadata.grant_types_supported).toContain(jwtBearerType)
})
