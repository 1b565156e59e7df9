// Refreshing (OAuth 2.1 4.3): who rotates, who may, and what comes with a narrower scope.
import { afterEach, describe, expect, it } from 'vitest'
import { type Connected, connect, outcome } from '../support/connected.js'
import { claimsOf, codeFlow, refresh, tokenRequest, tokensOf } from '../support/flow.js'

let scene: Connected
const start = async (...args: Parameters<typeof connect>) => {
  scene = await connect(...args)
  return scene
}
afterEach(() => scene.server.close())

const offline = { scope: 'openid offline_access' }

describe('rotation', () => {
  it('gives a public client a new token each time', async () => {
    const { server, app, tokens } = await start()
    const second = await tokensOf(await refresh(server, app, tokens.refresh_token))
    const third = await tokensOf(await refresh(server, app, second.refresh_token ?? ''))
    expect(new Set([tokens, second, third].map((one) => one.refresh_token)).size).toBe(3)
    expect(new Set([tokens, second, third].map((one) => claimsOf(one.access_token).jti)).size).toBe(3)
  })

  it('leaves a confidential client its token, unless it is registered to rotate', async () => {
    const { server, app, person, browser, tokens } = await start('web', { params: offline })
    const again = await tokensOf(await refresh(server, app, tokens.refresh_token))
    expect(again.refresh_token).toBe(tokens.refresh_token)
    server.clock.advance(3600)
    expect(await outcome(await refresh(server, app, tokens.refresh_token))).toBe('200')

    const rotating = await server.addClient('web', { rotate_refresh_token: true })
    const first = await codeFlow(server, browser, rotating, { person, params: offline })
    const next = await tokensOf(await refresh(server, rotating, first.refresh_token ?? ''))
    expect(next.refresh_token).not.toBe(first.refresh_token)
  })
})

describe('a refresh token', () => {
  it('used for less than `openid` brings no ID token, and the next one is for all again', async () => {
    const { server, app, tokens } = await start('spa', { params: { scope: 'openid profile' } })
    const less = await tokensOf(await refresh(server, app, tokens.refresh_token, { scope: 'profile' }))
    expect(less).toMatchObject({ scope: 'profile' })
    expect(less).not.toHaveProperty('id_token')
    const all = await tokensOf(await refresh(server, app, less.refresh_token ?? ''))
    expect(all).toMatchObject({ scope: 'openid profile', id_token: expect.any(String) })
  })

  it('is not given to a client that has not registered for it', async () => {
    const { server, browser } = await start()
    const app = await server.addClient('web', { grant_types: ['authorization_code'] })
    const tokens = await codeFlow(server, browser, app)
    expect(tokens).not.toHaveProperty('refresh_token')
    const asked = await tokenRequest(server, app, { grant_type: 'refresh_token', refresh_token: 'x' })
    expect(await outcome(asked)).toBe('400 unauthorized_client')
  })
})
