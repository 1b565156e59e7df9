// Silent renewal by oidc-client-ts, of an app that registered itself: its hidden frame is our browser here.
import { type INavigator, UserManager } from 'oidc-client-ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Browser, createBrowser } from '../support/browser.js'
import { walk } from '../support/flow.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import { registerApp } from '../support/registration.js'
import type { Person } from '../support/server.js'

let server: ListeningServer
let person: Person
let browser: Browser
beforeAll(async () => {
  server = await startServer()
  person = await server.addUser()
  browser = createBrowser(server)
})
afterAll(() => server.close())

/** Opens what the library asks for, and returns where the app gets its response. */
const navigator = (respond: (url: string) => Promise<string>): INavigator => ({
  prepare: async () => ({ navigate: async ({ url }) => ({ url: await respond(url) }), close: () => {} }),
  callback: async () => {},
})

const byUser = navigator(async (url) => {
  await browser.open(url)
  await walk(browser, person)
  return browser.view.left?.url.href ?? ''
})

const inFrame = navigator(async (url) => {
  const { left, heading } = await browser.open(url)
  if (!left) throw new Error(`the frame shows: ${heading}`)
  return left.url.href
})

it('CF07: oidc-client-ts renews in silence, and hears at once when it cannot', async () => {
  const redirect_uri = 'https://orchard.test/cb'
  const app = await registerApp(server, { redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' })
  const settings = { authority: server.issuer, client_id: app.client_id, redirect_uri, scope: 'openid email' }
  const manager = new UserManager(settings, byUser, byUser, inFrame)
  const frameShows = 'the frame shows: This link does not work'
  await expect(manager.signinSilent()).rejects.toThrow(frameShows)
  const first = await manager.signinPopup()
  const renew = async (more = {}) => {
    // With a refresh token it would open no frame.
    await manager.storeUser(Object.assign(first, { refresh_token: undefined }))
    return manager.signinSilent(more)
  }
  const renewed = await renew()
  expect(renewed?.profile.sub).toBe(person.user.sub)
  expect(renewed?.access_token).not.toBe(first.access_token)
  await expect(renew({ scope: 'openid phone' })).rejects.toMatchObject({ error: 'consent_required' })
  await expect(renew({ max_age: 0 })).rejects.toMatchObject({ error: 'login_required' })
})
