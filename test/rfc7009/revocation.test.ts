// Revocation (RFC 7009): what a request needs; what it ends is in security/.
import { afterEach, describe, expect, it } from 'vitest'
import { type Connected, connect, outcome, userinfoStatus } from '../support/connected.js'
import { authenticatedPost } from '../support/flow.js'
import type { Registered } from '../support/server.js'

let scene: Connected
const start = async (...args: Parameters<typeof connect>) => {
  scene = await connect(...args)
  return scene
}
afterEach(() => scene.server.close())

const revoke = (app: Registered, token: string, more: Record<string, string> = {}) =>
  authenticatedPost(scene.server, '/revoke', app, { token, ...more })

describe('revoking', () => {
  it.each(['access_token', 'refresh_token', 'nonsense'])(
    'works with the hint %s',
    async (token_type_hint) => {
      const { server, app, tokens } = await start()
      expect(await outcome(await revoke(app, tokens.refresh_token, { token_type_hint }))).toBe('200')
      expect(await userinfoStatus(server, tokens.access_token)).toBe(401)
    },
  )

  it('needs a client and a token', async () => {
    const { server, app, tokens } = await start('web')
    const body = new URLSearchParams({ token: tokens.refresh_token })
    expect(await outcome(await server.fetch('/revoke', { method: 'POST', body }))).toBe('401 invalid_client')
    expect(await outcome(await authenticatedPost(server, '/revoke', app, {}))).toBe('400 invalid_request')
  })
})
