// What a registration says in its 201: every member that took effect, and the scope (RFC 7591 3.2.1).
import { afterEach, beforeEach, expect, it } from 'vitest'
import { signing } from '../support/assertion.js'
import { createBrowser } from '../support/browser.js'
import { codeFlow } from '../support/flow.js'
import { appOf, manage, minimal, postRegistration, registerApp } from '../support/registration.js'
import { createTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true, config: { clientRegistration: 'open' } })
  await server.addResource('https://open.test', ['read'], { clients: 'all' })
  await server.addResource('https://inner.test', ['secret'])
  await server.addResource('https://gone.test', ['gone'], { clients: 'all', disabled: true })
})
afterEach(() => server.close())

it('PC12: says every member that took effect', async () => {
  const said = {
    client_name: 'App',
    redirect_uris: ['https://app.test/cb'],
    post_logout_redirect_uris: ['https://app.test/bye'],
    ...signing('ES256', { token_endpoint_auth_signing_alg: 'ES256' }),
    accept_token_endpoint_audience: true,
    client_assertion_max_lifetime: 60,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    response_modes: ['query'],
    application_type: 'web',
    client_uri: 'https://app.test/',
    logo_uri: 'https://app.test/logo',
    tos_uri: 'https://app.test/tos',
    policy_uri: 'https://app.test/policy',
    contacts: ['a@app.test'],
    initiate_login_uri: 'https://app.test/login',
    backchannel_logout_uri: 'https://app.test/back',
    backchannel_logout_session_required: true,
    frontchannel_logout_uri: 'https://app.test/front',
    frontchannel_logout_session_required: true,
    subject_type: 'public',
    id_token_signed_response_alg: 'ES256',
    userinfo_signed_response_alg: 'ES256',
    default_max_age: 60,
    require_auth_time: true,
    default_acr_values: ['urn:grantor:acr:mfa'],
    dpop_bound_access_tokens: true,
    require_pushed_authorization_requests: true,
    require_signed_request_object: true,
    request_object_signing_alg: 'ES256',
    scope: 'openid read',
  }
  const information = await registerApp(server, said)
  expect(information).toMatchObject(said)
  expect(await (await manage(server, information, 'GET')).json()).toMatchObject(said)
})

it('PC12: says what applies where nothing was said', async () => {
  expect(await registerApp(server, minimal)).toMatchObject({
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    id_token_signed_response_alg: 'RS256',
    id_token_claims: 'minimal',
    scope: 'openid profile email address phone offline_access',
  })
  const once = await registerApp(server, { ...minimal, grant_types: ['authorization_code'] })
  expect(once.scope).toBe('openid profile email address phone')
})

it.each([
  ['openid read', 'openid read'],
  ['read  read unknown openid', 'read openid'],
  ['openid secret gone', 'openid'],
  ['unknown', undefined],
  ['', 'openid profile email address phone offline_access'],
])('PC12: of the scope "%s" it says %s', async (scope, told) => {
  const information = await registerApp(server, { ...minimal, scope })
  expect(information.scope).toBe(told)
  expect(((await (await manage(server, information, 'GET')).json()) as { scope?: string }).scope).toBe(told)
})

it('PC12: a scope that is none is refused, and the registered one is no limit', async () => {
  for (const scope of [['openid'], 7, 'a"b', 'x '.repeat(2000)]) {
    const refused = await postRegistration(server, { ...minimal, scope })
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: 'invalid_client_metadata' }])
  }
  const information = await registerApp(server, { ...minimal, scope: 'openid' })
  const person = await server.addUser()
  const params = { scope: 'openid email read', resource: 'https://open.test' }
  const tokens = await codeFlow(server, createBrowser(server), appOf(information), { person, params })
  expect(tokens.scope).toBe('read')
  const change = { ...minimal, client_id: information.client_id, scope: 'openid read' }
  expect(await (await manage(server, information, 'PUT', change)).json()).toMatchObject({
    scope: 'openid read',
  })
})
