// Proves device authorization by openid-client over real sockets.
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { enter } from '../support/device.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Person, Registered } from '../support/server.js'

let server: ListeningServer
let ada: Person
beforeAll(async () => {
  server = await startServer()
  ada = await server.addUser({ username: 'ada' })
})
afterAll(() => server.close())

const discover = ({ client: { id }, secret }: Registered) =>
  client.discovery(
    new URL(server.issuer),
    id,
    undefined,
    secret === '' ? client.None() : client.ClientSecretBasic(secret),
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
  )

const requestOf = ({ device_code }: { device_code: string }) =>
  server.deps.store.deviceRequests.find(device_code.slice(0, 16))

async function until(met: () => Promise<boolean>): Promise<void> {
  while (!(await met())) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe.each([
  ['a public client', {}],
  ['one with a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
])('openid-client as %s', (_name, metadata) => {
  it('waits until a person has allowed it, and refreshes', async () => {
    const config = await discover(await server.addClient('device', metadata))
    const asked = await client.initiateDeviceAuthorization(config, { scope: 'openid email offline_access' })
    // The server's clock stands still, so a second poll before the answer would be one too soon.
    const waiting = client.pollDeviceAuthorizationGrant(config, { ...asked, interval: 1 })
    await until(async () => (await requestOf(asked))?.polledAt !== undefined)
    const browser = createBrowser(server)
    await enter(browser, asked, ada)
    await browser.allow()
    const tokens = await waiting
    const { sub, email } = ada.user
    expect(tokens.claims()).toMatchObject({ sub })
    expect(await client.fetchUserInfo(config, tokens.access_token, sub)).toMatchObject({ sub, email })
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(next.claims()).toMatchObject({ sub })
  })

  it('hears that a person has said no, and that a code has expired', async () => {
    const config = await discover(await server.addClient('device', metadata))
    const asked = await client.initiateDeviceAuthorization(config, {})
    const browser = createBrowser(server)
    await enter(browser, asked, ada)
    await browser.deny()
    const denied = client.pollDeviceAuthorizationGrant(config, { ...asked, interval: 0.1 })
    await expect(denied).rejects.toMatchObject({ error: 'access_denied', status: 400 })
    const late = await client.initiateDeviceAuthorization(config, {})
    server.clock.advance(600)
    const expired = client.pollDeviceAuthorizationGrant(config, { ...late, interval: 0.1 })
    await expect(expired).rejects.toMatchObject({ error: 'expired_token', status: 400 })
  })
})
