// Each lifetime is its own setting: with values that all differ, as the defaults do not, none stands in for another.
import { expect, it } from 'vitest'
import type { Config } from '../../src/config.js'
import { createBrowser } from '../support/browser.js'
import { outcome } from '../support/connected.js'
import { claimsOf, codeFlow, exchange, getCode, refresh, tokensOf } from '../support/flow.js'
import { pushedUrl } from '../support/par.js'
import { createTestServer } from '../support/server.js'

const config = {
  accessTokenTtl: 211,
  idTokenTtl: 223,
  codeTtl: 41,
  pushedRequestTtl: 43,
  refreshIdleTtl: 1009,
  refreshAbsoluteTtl: 5003,
  refreshGrace: 7,
  sessionIdleTtl: 907,
  sessionAbsoluteTtl: 4001,
  jwksMaxAge: 97,
  statusTtl: 11,
} satisfies Partial<Config>

it('codes, tokens, pushed requests, keys and status lists last as configured', async () => {
  const server = await createTestServer({ cheapPasswords: true, config })
  const { clock } = server
  const app = await server.addClient('spa')
  const person = await server.addUser()
  const browser = createBrowser(server)
  const params = { scope: 'openid offline_access' }
  const tokens = await codeFlow(server, browser, app, { person, params })
  const lifetime = (token = '') => Number(claimsOf(token).exp) - clock.now
  const expectLifetimes = ({ access_token, id_token, expires_in }: typeof tokens) =>
    expect([expires_in, lifetime(access_token), lifetime(id_token)]).toEqual([211, 211, 223])
  expectLifetimes(tokens)

  const rotated = await tokensOf(await refresh(server, app, tokens.refresh_token ?? ''))
  expectLifetimes(rotated)
  clock.advance(7)
  expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe('200')
  clock.advance(1)
  expect(await outcome(await refresh(server, app, tokens.refresh_token ?? ''))).toBe('400 invalid_grant')

  for (const [wait, expected] of [
    [40, '200'],
    [41, '400 invalid_grant'],
  ] as const) {
    const got = await getCode(server, browser, app, { person })
    clock.advance(wait)
    expect(await outcome(await exchange(server, app, got)), `a code after ${wait} s`).toBe(expected)
  }
  expect(await pushedUrl(server, app)).toMatchObject({ expiresIn: 43 })
  expect((await server.fetch('/jwks')).headers.get('cache-control')).toContain('max-age=97')
  const list = (await (await server.fetch('/status-lists/1')).text()) ?? ''
  expect(claimsOf(list).ttl).toBe(11)

  await browser.open('/account')
  clock.advance(906)
  expect((await browser.open('/account')).heading).not.toBe('Sign in')
  clock.advance(907)
  expect((await browser.open('/account')).heading).toBe('Sign in')
  await server.close()
})
