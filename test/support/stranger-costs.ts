// What one request without a proof may leave behind, route by route, and what limits it.
import { createBrowser } from './browser.js'
import { authorizeUrl } from './flow.js'
import { minimal, postRegistration, registerApp } from './registration.js'
import type { Registered, TestServer } from './server.js'

export type Cost = {
  /** Rows that the request may add, by table. */
  readonly rows?: Readonly<Record<string, number>>
  /** Places in the queue of mails. */
  readonly mails?: number
  /** A place in the queue of passwords that are hashed. */
  readonly hashing?: number
  /** Outgoing requests. */
  readonly requests?: number
  /** What limits it; absent where nothing is left. */
  readonly limit?: string
  /** The most costly request; absent: one that anyone can send to the route. `n` differs each time. */
  readonly send?: (scene: Scene, n: number) => Promise<unknown>
}

export type Scene = {
  readonly server: TestServer
  readonly spa: Registered
  readonly device: Registered
  readonly hint: string
}

const bytes = '512 kB by address, 64 MB in total, 30 minutes'
const tries = '20 tries a minute by address'
const begun = { rows: { interaction: 1, unproven: 1 }, limit: bytes }
/** The metadata document of a client that is known by its address. */
const document = { requests: 1 }
const attempt = { rows: { tally: 2, audit: 1 }, hashing: 1, limit: `${tries}; one audit row an hour` }

const form = (server: TestServer, path: string, fields: Record<string, string>) =>
  server.fetch(path, { method: 'POST', body: new URLSearchParams(fields) })

/** Opens a page and sends its form, as a browser does. */
const submit =
  (path: (scene: Scene) => string, fields: (n: number) => Record<string, string>) =>
  async (scene: Scene, n: number) => {
    const browser = createBrowser(scene.server)
    await browser.open(path(scene))
    return () => browser.submit(fields(n))
  }

const login = (fields: (n: number) => Record<string, string>) =>
  submit(({ server, spa }) => authorizeUrl(server, spa).url, fields)

/** Routes by method and address, as they are mounted. Every route that is not here leaves nothing. */
export const strangerCosts: Readonly<Record<string, Cost>> = {
  'GET /authorize': {
    ...begun,
    ...document,
    send: ({ server, spa }) => server.fetch(authorizeUrl(server, spa).url),
  },
  'POST /authorize': {
    ...begun,
    ...document,
    send: async ({ server, spa }) => {
      const { url } = authorizeUrl(server, spa, { state: 's'.repeat(4096) })
      const headers = { Cookie: `__Host-grantor_browser=${'b'.repeat(43)}` }
      return server.fetch('/authorize', { method: 'POST', headers, body: new URL(url).searchParams })
    },
  },
  'GET /login': begun,
  'GET /select-account': begun,
  'POST /login/:interaction{[0-9A-Za-z]{16}}': {
    ...attempt,
    send: login((n) => ({ username: `nobody${n}`, password: 'wrong' })),
  },
  'POST /device': {
    rows: { tally: 2 },
    limit: '5 codes a minute by address, 100 in total',
    send: submit(
      () => '/device',
      () => ({ user_code: 'BCDF-GHJK' }),
    ),
  },
  'POST /device_authorization': {
    ...document,
    rows: { device_request: 1, unproven: 1 },
    limit: bytes,
    send: ({ server, device }) => form(server, '/device_authorization', { client_id: device.client.id }),
  },
  'POST /par': {
    ...document,
    rows: { pushed_request: 1, unproven: 1 },
    limit: bytes,
    send: ({ server, spa }) =>
      form(server, '/par', Object.fromEntries(new URL(authorizeUrl(server, spa).url).searchParams)),
  },
  'POST /token': {
    ...document,
    rows: { tally: 1 },
    limit: '10 wrong secrets a minute by address and client; 4,096 clients apart',
    send: ({ server }, n) => form(server, '/token', { client_id: `c_${n}`, client_secret: 'wrong' }),
  },
  'POST /revoke': {
    ...document,
    rows: { tally: 1 },
    limit: 'as POST /token',
    send: ({ server }, n) => form(server, '/revoke', { client_id: `c_${n}`, client_secret: 'wrong' }),
  },
  'POST /introspect': {
    ...document,
    rows: { tally: 1 },
    limit: 'as POST /token',
    send: ({ server }, n) => form(server, '/introspect', { client_id: `c_${n}`, client_secret: 'wrong' }),
  },
  'GET /status-lists/:list/events': {
    ...document,
    rows: { tally: 1 },
    limit: 'as POST /token; 20 streams by address, 1,000 in total',
    send: ({ server }, n) => {
      const Authorization = `Basic ${Buffer.from(`c_${n}:wrong`).toString('base64')}`
      return server.fetch('/status-lists/1/events', { headers: { Authorization } })
    },
  },
  'POST /register': {
    rows: { tally: 1 },
    requests: 1,
    limit: '100 registrations an hour by address; the client_id holds the rest',
    send: ({ server }) =>
      postRegistration(server, { ...minimal, sector_identifier_uri: 'https://sector.test/list' }),
  },
  'PUT /register/:client': {
    rows: { client: 1, client_secret: 1, replay_marker: 1, unproven: 2, audit: 1 },
    limit: '100 changes an hour by address, 512 kB by address, 64 MB in total, 30 days',
    send: async ({ server }) => {
      const made = await registerApp(server, { redirect_uris: ['https://app.test/cb'] })
      const body = { redirect_uris: ['https://app.test/cb'], client_id: made.client_id }
      return () =>
        server.fetch(`/register/${made.client_id}`, {
          method: 'PUT',
          headers: {
            Authorization: `Bearer ${made.registration_access_token}`,
            'Content-Type': 'application/json',
          },
          body: JSON.stringify(body),
        })
    },
  },
  'DELETE /register/:client': {
    rows: { replay_marker: 1, unproven: 1 },
    limit: '512 kB by address, 64 MB in total, 30 days',
    send: async ({ server }) => {
      const made = await registerApp(server)
      const headers = { Authorization: `Bearer ${made.registration_access_token}` }
      return () => server.fetch(`/register/${made.client_id}`, { method: 'DELETE', headers })
    },
  },
  'POST /forgot-password': {
    rows: { action_token: 1, unproven: 1, tally: 3, audit: 1 },
    mails: 1,
    limit: `10 mails an hour by address, 3 by recipient; ${bytes}; one audit row an hour`,
    send: submit(
      () => '/forgot-password',
      (n) => ({ email: `nobody${n}@as.test` }),
    ),
  },
  'POST /sign-up': {
    rows: { action_token: 1, unproven: 1, tally: 3, audit: 1 },
    mails: 1,
    limit: `10 mails an hour by address, 3 by recipient; ${bytes}; one audit row an hour`,
    send: submit(
      () => '/sign-up',
      (n) => ({ email: `nobody${n}@as.test` }),
    ),
  },
  'GET /end-session': {
    send: ({ server, hint }) => server.fetch(`/end-session?${new URLSearchParams({ id_token_hint: hint })}`),
  },
  'POST /end-session': {
    send: ({ server, hint }) => form(server, '/end-session', { id_token_hint: hint }),
  },
}

/** Every page of the account leads a browser that nobody is signed in in to the sign-in. */
export const accountCost: Cost = begun
