// Texts that a database cannot hold, in whatever parameter they come, on every database.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isStorable, isStorableJson } from '../../src/protocol/json.js'
import { requestParameters } from '../../src/protocol/request-parameters.js'
import { createShell } from '../cli/support.js'
import { signedText, signing } from '../support/assertion.js'
import { endpointsOf } from '../support/endpoints.js'
import { authenticatedPost, authorizeUrl } from '../support/flow.js'
import { knownKey } from '../support/keys.js'
import { manage, minimal, postRegistration, registerApp } from '../support/registration.js'
import { createTestServer, type Registered, type TestServer } from '../support/server.js'
import { kinds, type Opened } from '../support/stores.js'

/** NUL, and the first and the second half of a surrogate pair, as JSON spells them. */
const escapes = ['\\u0000', '\\ud800', '\\uDFFF', '\\ud800x', '\\udc00\\ud800']
/** NUL and half of a pair as bytes of a form. */
const encoded = ['%00', 'a%00b', '%ED%A0%80', '%ED%BF%BF']

it('PC13: tells texts that cannot be stored, in JSON by their escapes too', () => {
  for (const text of ['a\0b', '\ud800', '\udc00', '\udc00\ud800']) expect(isStorable(text)).toBe(false)
  for (const text of ['', 'a', '\u{1f600}', '\ufffd', '\\u0000']) expect(isStorable(text)).toBe(true)
  for (const spelled of escapes) {
    expect(isStorableJson(`{"a":["${spelled}"]}`), spelled).toBe(false)
    expect(isStorableJson(`{"x${spelled}":1}`), spelled).toBe(false)
  }
  for (const json of [
    '{"a":"\\\\u0000"}',
    '{"a":"\\ud83d\\ude00"}',
    '{"a":"\\\\\\\\ud800"}',
    '{"a":"\\n\\u0041"}',
  ])
    expect(isStorableJson(json), json).toBe(true)
  expect(isStorableJson('{"a":"\\\\\\u0000"}')).toBe(false)
})

describe.each(kinds.filter(({ name }) => name !== 'SQLite in a file'))('PC13: on $name', ({ open }) => {
  let opened: Opened
  let server: TestServer
  let app: Registered
  beforeAll(async () => {
    opened = await open()
    server = await createTestServer({ store: opened.store, cheapPasswords: true })
    app = await server.addClient('web', { ...signing(), redirect_uris: ['https://app.test/cb'] })
  })
  afterAll(async () => {
    await server.close()
    await opened.dispose()
  })
  const answerOf = async (response: Response) => [response.status, await response.json()]
  const refused = (error: string) => [400, expect.objectContaining({ error })]

  it('every route refuses them in every parameter of a query or a form', async () => {
    const names = [
      ...requestParameters,
      'grant_type',
      'code',
      'token',
      'device_code',
      'username',
      'password',
      'csrf',
    ]
    let sender = 0
    for (const { route, methods, at, forPeople } of await endpointsOf(server)) {
      for (const method of methods) {
        for (const value of encoded) {
          const text = names.map((name) => `${name}=${value}`).join('&')
          const path = at(() => 'x'.repeat(16))
          const form = { 'content-type': 'application/x-www-form-urlencoded' }
          const sent = method === 'GET' ? {} : { body: text, headers: form }
          const request = new Request(`${server.issuer}${path}${method === 'GET' ? `?${text}` : ''}`, {
            method,
            ...sent,
          })
          const response = await server.fetchFrom(`198.51.${sender >> 8}.${sender++ & 255}`, request)
          const told = await response.text()
          expect(response.status, `${method} ${route} ${value}`).toBeLessThan(500)
          if (method === 'POST' && !forPeople && !route.startsWith('/register'))
            expect(told, `${method} ${route} ${value}`).toContain(
              response.status === 401 ? 'invalid_' : 'invalid_request',
            )
        }
      }
    }
  })

  it('/authorize and /par refuse them in claims', async () => {
    for (const spelled of escapes) {
      for (const claims of [
        `{"id_token":{"acr":{"values":["${spelled}"]}}}`,
        `{"userinfo":{"${spelled}":null}}`,
        `{"${spelled}":{}}`,
      ]) {
        const { url } = authorizeUrl(server, app, { claims })
        const answer = await server.fetch(url)
        expect(answer.status, claims).toBe(303)
        expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error'), claims).toBe(
          'invalid_request',
        )
        const params = Object.fromEntries(new URL(url).searchParams)
        const pushed = await authenticatedPost(server, '/par', app, params)
        expect(await answerOf(pushed), claims).toEqual(refused('invalid_request'))
      }
    }
  })

  it('a request object with them cannot be used', async () => {
    for (const spelled of escapes) {
      const claims = `{"iss":"${app.client.id}","client_id":"${app.client.id}","state":"${spelled}"}`
      const request = signedText('{"alg":"ES256"}', claims, knownKey('ES256'))
      const pushed = await authenticatedPost(server, '/par', app, { request })
      expect(await answerOf(pushed), spelled).toEqual(refused('invalid_request_object'))
    }
  })

  it('/register refuses them in every member, and in every name', async () => {
    const own = await registerApp(server, minimal)
    const members = [
      'client_name',
      'contacts',
      'default_acr_values',
      'jwks',
      'client_uri',
      'scope',
      'software_id',
      'x',
    ]
    for (const spelled of escapes) {
      for (const member of [...members, `x${spelled}`]) {
        const value =
          member === 'contacts'
            ? `["${spelled}"]`
            : member === 'jwks'
              ? `{"keys":[{"${spelled}":1}]}`
              : `"${spelled}"`
        const body = `{"redirect_uris":["http://127.0.0.1/cb"],"token_endpoint_auth_method":"none","${member}":${value}}`
        expect(await answerOf(await postRegistration(server, body)), body).toEqual(refused('invalid_request'))
      }
    }
    const change = { ...minimal, client_id: own.client_id, contacts: ['a\0b'] }
    expect(await answerOf(await manage(server, own, 'PUT', change))).toEqual(refused('invalid_request'))
  })
})

it('PC13: the command line refuses them in values that are JSON', async () => {
  const create = [
    'client',
    'create',
    '--kind',
    'web',
    '--name',
    'App',
    '--redirect-uri',
    'https://app.test/cb',
  ]
  const { code, err } = await createShell().run([...create, '--set', 'contacts=["\\u0000"]'])
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('contacts= holds a NUL or half of a surrogate'),
  })
})
