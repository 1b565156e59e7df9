// The issuer wherever it is named, byte for byte, and the addresses below it: with and without a path and a slash.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { banner } from '../../src/cli/banner.js'
import { links, newLink } from '../../src/mail/link.js'
import { metadataUrls } from '../../src/verify/discovery.js'
import { createVerifier } from '../../src/verify/index.js'
import { createShell } from '../cli/support.js'
import { assertedPost, assertionOf, signing } from '../support/assertion.js'
import { createBrowser } from '../support/browser.js'
import { ask, deviceGrant } from '../support/device.js'
import { authenticatedPost, authorizeUrl, claimsOf, getCode, redeem, type Tokens } from '../support/flow.js'
import { handClock } from '../support/hand-clock.js'
import { refusal } from '../support/issuer.js'
import { createDelivery, startTarget, type Target } from '../support/logout-target.js'
import { registerApp } from '../support/registration.js'
import { signedRequest } from '../support/request-object.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const api = 'https://api.test'
const wellKnown = ['openid-configuration', 'oauth-authorization-server'].map((name) => `/.well-known/${name}`)
const jsonAt = async (server: TestServer, url: string) => (await server.fetch(url)).json() as Promise<Json>
type Json = Record<string, unknown>

describe.each(['https://as.test', 'https://as.test/', 'https://as.test/tenant', 'https://as.test/tenant/'])(
  'PC17: under %s',
  (issuer) => {
    const base = issuer.replace(/\/$/, '')
    const { origin } = new URL(issuer)
    const path = base.slice(origin.length)
    const twin = base === issuer ? `${base}/` : base
    let server: TestServer
    let target: Target
    let alice: Person
    let app: Registered
    let keyed: Registered
    let tokens: Tokens
    const browser = () => createBrowser(server)

    /** Every address of ours in a text is below the issuer, and no slash is doubled. */
    function expectOwnAddresses(text: string, from: string) {
      const found = [...text.matchAll(/https:\/\/as\.test[^\s"'<>\\)]*/g)].map(([url]) => url)
      for (const url of found) {
        if (url !== issuer) expect(url.startsWith(`${base}/`), `${from}: ${url}`).toBe(true)
        expect(url.slice('https://'.length), from).not.toContain('//')
      }
      return found
    }

    beforeAll(async () => {
      target = await startTarget()
      server = await createTestServer({
        issuer,
        cheapPasswords: true,
        config: { fetchAllow: ['127.0.0.0/8'] },
      })
      await server.addResource(api, ['read'])
      alice = await server.addUser()
      app = await server.addClient('web', {
        backchannel_logout_uri: target.url,
        frontchannel_logout_uri: 'https://app.test/out',
        userinfo_signed_response_alg: 'ES256',
        initiate_login_uri: 'https://app.test/login',
      })
      keyed = await server.addClient('service', { ...signing(), resources: [api] })
      const params = { scope: 'openid read offline_access' }
      const got = await getCode(server, browser(), app, { person: alice, params })
      expect(got.answer.get('iss')).toBe(issuer)
      tokens = await redeem(server, app, got)
    })
    afterAll(async () => {
      await target.close()
      await server.close()
    })

    it('the metadata says so at every well-known address, and all its addresses lead somewhere', async () => {
      const addresses = wellKnown.flatMap((name) => [
        `${base}${name}`,
        `${origin}${name}${path}`,
        `${origin}${name}${path}/`,
      ])
      for (const address of [...addresses, ...metadataUrls(issuer)]) {
        const metadata = await jsonAt(server, address)
        expect(metadata.issuer, address).toBe(issuer)
        const found = expectOwnAddresses(JSON.stringify(metadata), address)
        expect(found.length).toBeGreaterThan(10)
      }
      const metadata = await jsonAt(server, `${base}${wellKnown[0]}`)
      for (const [name, url] of Object.entries(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name)))
        expect((await server.fetch(String(url))).status, name).not.toBe(404)
    })

    it('the metadata of the issuer as a protected resource and of its APIs name it', async () => {
      const name = '/.well-known/oauth-protected-resource'
      const own = `${base}/resource-metadata?resource=`
      for (const address of [`${origin}${name}${path}`, `${origin}${name}${path}/`, `${own}${issuer}`]) {
        const metadata = { resource: issuer, authorization_servers: [issuer] }
        expect(await jsonAt(server, address), address).toMatchObject(metadata)
      }
      expect(await jsonAt(server, `${own}${api}`)).toMatchObject({
        resource: api,
        authorization_servers: [issuer],
      })
    })

    it('tokens name it, and so does introspection', async () => {
      expect(claimsOf(tokens.id_token ?? '').iss).toBe(issuer)
      const { iss, status } = claimsOf(tokens.access_token)
      expect(iss).toBe(issuer)
      const { uri } = (status as { status_list: { uri: string } }).status_list
      expect(uri).toBe(`${base}/status-lists/1`)
      const list = claimsOf(await (await server.fetch(uri)).text())
      expect([list.sub, (list.status_list as Json).aggregation_uri]).toEqual([uri, `${base}/status-lists`])
      expect(await jsonAt(server, `${base}/status-lists`)).toEqual({ status_lists: [uri] })
      for (const token of [tokens.access_token, tokens.refresh_token])
        expect(await (await authenticatedPost(server, '/introspect', app, { token })).json()).toMatchObject({
          active: true,
          iss: issuer,
        })
      const headers = { Authorization: `Bearer ${tokens.access_token}` }
      expect(claimsOf(await (await server.fetch('/userinfo', { headers })).text()).iss).toBe(issuer)
    })

    it('grantor/verify takes its tokens, and none of the issuer with the other slash', async () => {
      const options = {
        audience: api,
        fetch: server.fetch,
        later: handClock().later,
        now: () => server.clock.now,
      }
      const verifier = createVerifier({ ...options, issuer })
      expect(await verifier.verify(tokens.access_token)).toMatchObject({ iss: issuer })
      const other = createVerifier({ ...options, issuer: twin })
      expect((await refusal(other.verify(tokens.access_token))).reason).toContain(`not ${twin}`)
      verifier.close()
      other.close()
    })

    it('assertions and request objects are for it, and for nothing with the other slash', async () => {
      const more = { grant_type: 'client_credentials' }
      const audiences: [string, number][] = [
        [issuer, 200],
        [twin, 401],
      ]
      for (const [aud, status] of audiences) {
        const assertion = await assertionOf(server, keyed, { claims: { aud } })
        expect((await assertedPost(server, '/token', assertion, more)).status, aud).toBe(status)
        const signer = await server.addClient('web', signing())
        const { url } = await signedRequest(server, signer, { claims: { aud } })
        const { heading, left } = await browser().open(url)
        const ended = [heading, left?.params.get('error'), left?.params.get('iss')]
        const refused = ['', 'invalid_request_object', issuer]
        expect(ended, aud).toEqual(aud === issuer ? ['Sign in', undefined, undefined] : refused)
      }
      const lenient = await server.addClient('service', {
        ...signing(),
        resources: [api],
        accept_token_endpoint_audience: true,
      })
      const assertion = await assertionOf(server, lenient, { claims: { aud: `${base}/token` } })
      expect((await assertedPost(server, '/token', assertion, more)).status).toBe(200)
    })

    it('every authorization response names it: by query, by form, and as an error', async () => {
      for (const more of [{ prompt: 'none' }, { response_mode: 'form_post', prompt: 'none' }]) {
        const guest = browser()
        await guest.open(authorizeUrl(server, app, more).url)
        if (!guest.view.left) await guest.submit()
        expect(guest.view.left?.params.get('iss'), JSON.stringify(more)).toBe(issuer)
      }
    })

    it('a device, an app that registers itself and mailed links get addresses without a double slash', async () => {
      const device = await server.addClient('device', { grant_types: [deviceGrant] })
      const { verification_uri, verification_uri_complete } = await ask(server, device)
      expect(verification_uri).toBe(`${base}/device`)
      expect(verification_uri_complete.startsWith(`${base}/device?`)).toBe(true)
      const { registration_client_uri } = await registerApp(server)
      expect(registration_client_uri.startsWith(`${base}/register/`)).toBe(true)
      for (const purpose of Object.keys(links) as (keyof typeof links)[]) {
        const about = { purpose, sub: alice.user.sub, email: 'alice@example.test' }
        const { url } = await newLink(server.deps, about, 'trusted')
        expectOwnAddresses(url, purpose)
        expect((await browser().open(url)).status, purpose).not.toBe(404)
      }
    })

    it('pages, cookies and mails lead to its own addresses', async () => {
      const visitor = browser()
      await visitor.open(`${base}/login`)
      await visitor.signIn(alice)
      for (const page of ['', '/profile', '/password', '/sessions', '/connections', '/activity', '/data'])
        expect((await visitor.open(`${base}/account${page}`)).status, page).toBe(200)
      for (const page of [
        'login',
        'account',
        'device',
        'forgot-password',
        'sign-up',
        'end-session',
        'nothing',
      ]) {
        const { html, forms } = await visitor.open(`${base}/${page}`)
        expectOwnAddresses(html, page)
        for (const [, own = ''] of html.matchAll(/(?:action|href)="(\/[^"]*)"/g))
          expect(own, page).toMatch(new RegExp(`^${path}/[^/]`))
        expect(
          forms.every(({ action }) => action.startsWith(`${base}/`)),
          page,
        ).toBe(true)
      }
      for (const page of ['forgot-password', 'sign-up']) {
        const guest = browser()
        await guest.open(`${base}/${page}`)
        await guest.submit({ email: 'alice@example.test' })
      }
      expect(server.mails.length).toBeGreaterThan(2)
      for (const { text, html } of server.mails) {
        expect(expectOwnAddresses(`${text} ${html}`, text).length).toBeGreaterThan(0)
      }
      const response = await server.fetch('/login')
      expect(response.headers.getSetCookie().every((cookie) => cookie.includes('Path=/;'))).toBe(true)
      const refused = await visitor.post(`${base}/login/0000000000000000`, {}, { from: 'https://evil.test' })
      expect(refused.text).toContain(issuer)
      expectOwnAddresses(refused.html, 'a form of another site')
      await visitor.open(authorizeUrl(server, app, { prompt: 'login' }).url)
      server.clock.advance(601)
      expect((await visitor.reload()).html).toContain(`iss=${encodeURIComponent(issuer)}"`)
    })

    it('apps are told of a sign-out in its name, by back channel and front channel', async () => {
      const visitor = browser()
      await getCode(server, visitor, app, { person: alice }).then((got) => redeem(server, app, got))
      await visitor.open(`${base}/end-session`)
      const { frames } = await visitor.allow()
      expect(frames.map((frame) => new URL(frame).searchParams.get('iss'))).toEqual([issuer])
      await createDelivery(server).deliver()
      expect(target.tokens().map((token) => claimsOf(token).iss)).toContain(issuer)
    })

    it('the command line says it as it is', async () => {
      const config = { ...server.config, databaseUrl: 'file:x' }
      expectOwnAddresses(
        banner({ config, version: '1', demo: { password: 'p', secrets: {} } as never }),
        'banner',
      )
      const shell = createShell({ GRANTOR_ISSUER: issuer })
      expect(await shell.json('config check')).toMatchObject({ issuer })
    })
  },
)
