// The OpenID Foundation's plan back-channel logout, each test by the name of its module.
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDelivery, startTarget, type Target } from '../support/logout-target.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { createRelyingParty, goodbye, type RelyingParty } from './relying-party.js'

let server: TestServer
let target: Target
let rp: RelyingParty
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true, config: { fetchAllow: ['127.0.0.0/8'] } })
  target = await startTarget()
})
beforeEach(async () => {
  rp = await createRelyingParty(server)
})
afterAll(async () => {
  await target.close()
  await server.close()
})

describe('oidcc-backchannel-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-backchannel-logout-discovery-endpoint-verification', () => {
    expect(rp.metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: `${server.issuer}/end-session`,
    })
  })

  it('oidcc-backchannel-rp-initiated-logout', async () => {
    const app = await rp.register({ backchannel_logout_uri: target.url })
    const { tokens, idToken, alg } = await rp.signIn({ app })
    const state = 'abcdefgh'.repeat(16)
    const said = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: goodbye, state }
    const { left } = await rp.browser.open(`${rp.metadata.end_session_endpoint}?${new URLSearchParams(said)}`)
    expect(left?.url.href).toBe(`${goodbye}?state=${state}`)

    const { deliver } = createDelivery(server)
    await deliver()
    expect(target.received).toHaveLength(1)
    const [{ method, type, body } = { method: '', type: '', body: new URLSearchParams() }] = target.received
    expect([method, type]).toEqual(['POST', 'application/x-www-form-urlencoded'])
    const verified = await jwtVerify(body.get('logout_token') ?? '', createLocalJWKSet(rp.keys), {
      issuer: server.issuer,
      audience: app.client.id,
      currentDate: new Date(server.clock.now * 1000),
      requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
    })
    expect(verified.protectedHeader).toMatchObject({ alg, typ: 'logout+jwt' })
    expect(verified.payload).toMatchObject({ sub: idToken.sub, sid: idToken.sid })
    expect(verified.payload.events).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} })
    expect(verified.payload).not.toHaveProperty('nonce')

    const { params, asked } = await rp.authorize({ app, params: { prompt: 'none' } })
    expect([asked, params.get('error')]).toEqual([undefined, 'login_required'])
  })
})
