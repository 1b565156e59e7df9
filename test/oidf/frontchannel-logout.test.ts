// The OpenID Foundation's plan front-channel logout, each test by the name of its module.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestServer, type TestServer } from '../support/server.js'
import { createRelyingParty, goodbye, type RelyingParty } from './relying-party.js'

let server: TestServer
let rp: RelyingParty
beforeAll(async () => {
  server = await createTestServer({ cheapPasswords: true })
  rp = await createRelyingParty(server)
})
afterAll(() => server.close())

describe('oidcc-frontchannel-rp-initiated-logout-certification-test-plan', () => {
  it('oidcc-frontchannel-logout-discovery-endpoint-verification', () => {
    expect(rp.metadata).toMatchObject({
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      end_session_endpoint: `${server.issuer}/end-session`,
    })
  })

  it('oidcc-frontchannel-rp-initiated-logout', async () => {
    const app = await rp.register({
      frontchannel_logout_uri: 'https://app.test/frontchannel_logout',
      frontchannel_logout_session_required: true,
    })
    const { tokens, idToken } = await rp.signIn({ app })
    const state = 'abcdefgh'.repeat(16)
    const said = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: goodbye, state }
    const page = await rp.browser.open(`${rp.metadata.end_session_endpoint}?${new URLSearchParams(said)}`)

    expect(page.frames).toHaveLength(1)
    const frame = new URL(page.frames[0] ?? '')
    expect(frame.origin + frame.pathname).toBe('https://app.test/frontchannel_logout')
    expect(Object.fromEntries(frame.searchParams)).toEqual({ iss: server.issuer, sid: idToken.sid })

    const { left } = await rp.browser.open(page.refresh ?? '')
    expect(left?.url.origin).toBe('https://app.test')
    expect(left?.url.href).toBe(`${goodbye}?state=${state}`)
    expect(Object.fromEntries(left?.params ?? [])).toEqual({ state })

    const { params, asked } = await rp.authorize({ app, params: { prompt: 'none' } })
    expect([asked, params.get('error')]).toEqual([undefined, 'login_required'])
  })
})
