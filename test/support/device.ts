// Owns the device flow (RFC 8628) as a device and a person go through it, for tests.
import type { Browser, View } from './browser.js'
import { authenticatedPost, type Changes, tokenRequest } from './flow.js'
import type { Person, Registered, TestServer } from './server.js'

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

export type Asked = {
  device_code: string
  user_code: string
  verification_uri: string
  verification_uri_complete: string
  expires_in: number
  interval: number
}

/** The answer to a device that asks, whatever it is. */
export function askAnyhow(server: TestServer, app: Registered, params: Changes = {}): Promise<Response> {
  return authenticatedPost(server, '/device_authorization', app, params)
}

/** What a device is told to show. */
export async function ask(server: TestServer, app: Registered, params: Changes = {}): Promise<Asked> {
  const answer = await askAnyhow(server, app, params)
  if (answer.status !== 200) throw new Error(`device authorization: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Asked
}

/** Asks the token endpoint as the device does, again and again. */
export function poll(
  server: TestServer,
  app: Registered,
  { device_code }: Pick<Asked, 'device_code'>,
  changes: Changes = {},
): Promise<Response> {
  return tokenRequest(server, app, { grant_type: deviceGrant, device_code, ...changes })
}

/** The error that a poll is answered with; `none` where there is none. */
export async function pollError(...args: Parameters<typeof poll>): Promise<string> {
  const answer = await poll(...args)
  if (answer.status === 200) return 'none'
  const { error } = (await answer.json()) as { error: string }
  return answer.status === 400 ? error : `${answer.status} ${error}`
}

/** Types a code on our page; signs in where that is asked for. */
export async function enter(
  browser: Browser,
  { user_code }: Pick<Asked, 'user_code'>,
  person?: Person,
): Promise<View> {
  await browser.open('/device')
  const view = await browser.submit({ user_code })
  return person && view.url.pathname.includes('/login/') ? browser.signIn(person) : view
}
