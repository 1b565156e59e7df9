// OIDC Back-Channel Logout 1.0 2.5: every door by which a session ends makes its apps be told, and only that.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newLink } from '../../src/mail/link.js'
import { createShell } from '../cli/support.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { openConfirmed } from '../support/factors.js'
import { authenticatedPost, authorizeUrl, codeFlow, type Tokens } from '../support/flow.js'
import { aNewUser, aSession } from '../support/rows.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { aClient } from '../support/values.js'

const backchannel_logout_uri = 'https://app.test/logout'
const newPassword = 'glacier tandem origami pulse'

let server: TestServer
let alice: Person
let here: Browser
let there: Browser
/** Each of them has an ID token of one of the two sessions. */
let appHere: Registered
let appThere: Registered
let tokens: Tokens
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  alice = await server.addUser()
  const app = () => server.addClient('web', { backchannel_logout_uri, skip_consent: true })
  ;[appHere, appThere] = [await app(), await app()]
  ;[here, there] = [createBrowser(server), createBrowser(server)]
  tokens = await codeFlow(server, here, appHere, { person: alice })
  await codeFlow(server, there, appThere, { person: alice })
})
afterEach(() => server.close())

const due = async () => idsOf(await server.deps.store.logoutCalls.waiting(server.clock.now))
const idsOf = (waiting: readonly { clientId: string }[]) => waiting.map(({ clientId }) => clientId)
const both = () => [appHere.client.id, appThere.client.id]

async function submit(browser: Browser, path: string, button: string) {
  await browser.open(path)
  await browser.submit({}, button)
}

async function changePassword(browser: Browser, endSessions: '0' | '1') {
  await openConfirmed(browser, '/account/password')
  const fields = { password: newPassword, end_sessions: endSessions }
  expect((await browser.submit(fields)).url.search).toBe('?changed=1')
}

describe('a door in the browser', () => {
  it('nothing is due while the sessions live, whatever is renewed', async () => {
    await changePassword(here, '0')
    await here.open('/account')
    server.clock.advance(1000)
    await here.open('/account')
    expect(await due()).toEqual([])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['signing out in the account', () => submit(here, '/account', 'Sign out')],
    ['signing out at /end-session', () => submit(here, '/end-session', 'decision=allow')],
    ['an app, with its ID token', () => here.open(`/end-session?id_token_hint=${tokens.id_token}`)],
    [
      'an app, in a browser that has lost the cookie',
      () => createBrowser(server).open(`/end-session?id_token_hint=${tokens.id_token}`),
    ],
    [
      'an app, when the sign-in has been idle for too long',
      async () => {
        server.clock.advance(server.config.sessionIdleTtl + 1)
        await createBrowser(server).open(`/end-session?id_token_hint=${tokens.id_token}`)
      },
    ],
    [
      'ending it from another browser',
      async () => {
        const sessions = await server.deps.store.sessions.list({ now: server.clock.now, limit: 9 })
        const path = `/account/sessions/${sessions[0]?.id}/end`
        await there.open('/account/sessions')
        const { csrf = '' } = there.view.forms.find(({ action }) => action.endsWith(path))?.fields ?? {}
        await there.post(path, { csrf })
      },
    ],
    [
      'being pushed out by others in this browser',
      async () => {
        for (let i = 0; i < 5; i++) {
          const person = await server.addUser({ username: `extra-${i}` })
          await submit(here, '/select-account', 'Use another account')
          await here.signIn(person)
        }
      },
    ],
  ])('%s tells the apps of that session', async (_door, leave) => {
    await leave()
    expect(await due()).toEqual([appHere.client.id])
  })

  it.each<[string, () => Promise<unknown>]>([
    [
      'ending all others',
      async () => {
        await here.open('/account/sessions')
        const form = here.view.forms.find(({ action }) => action.endsWith('/end-other-sessions'))
        await here.post(form?.action ?? '', form?.fields ?? {})
      },
    ],
    ['changing the password', () => changePassword(here, '1')],
  ])('%s tells those of the others', async (_door, leave) => {
    await leave()
    expect(await due()).toEqual([appThere.client.id])
  })

  it.each<[string, () => Promise<unknown>]>([
    [
      'a password reset by mail',
      async () => {
        const { sub, email = '' } = alice.user
        const { url } = await newLink(server.deps, { purpose: 'reset_password', sub, email }, 'trusted')
        const browser = createBrowser(server)
        await browser.open(url)
        await browser.submit({ password: newPassword })
      },
    ],
    [
      'deleting the account',
      async () => {
        await openConfirmed(here, '/account/delete')
        await here.submit({ confirm: alice.user.username })
        expect(await server.deps.store.users.find(alice.user.sub)).toBeUndefined()
      },
    ],
  ])('%s tells all', async (_door, leave) => {
    await leave()
    expect(await due()).toEqual(both())
  })

  it('a sign-out while an app is let in either stops that or tells the app of it (AZ16)', async () => {
    const { logoutCalls, grants, sessions } = server.deps.store
    const [owe, create, find] = [logoutCalls.owe, grants.create, sessions.find]
    const app = await server.addClient('web', { backchannel_logout_uri, skip_consent: true })
    const leave = () => submit(here.newTab(), '/end-session', 'decision=allow')
    logoutCalls.owe = async (call) => {
      await leave()
      await owe(call)
    }
    await here.open(authorizeUrl(server, app, { prompt: 'none' }).url)
    expect(here.view.left?.params.get('error')).toBe('login_required')
    logoutCalls.owe = owe

    await here.open('/login')
    await here.signIn(alice)
    grants.create = async (grant) => {
      await create(grant)
      sessions.find = async (id) => {
        const found = await find(id)
        sessions.find = find
        await leave()
        return found
      }
    }
    await here.open(authorizeUrl(server, app, { prompt: 'none' }).url)
    expect(here.view.left?.params.has('code')).toBe(true)
    expect(await due()).toContain(app.client.id)
  })

  it('neither disconnecting an app nor revoking a token is a sign-out', async () => {
    await here.open('/account/connections')
    const form = here.view.forms.find(({ action }) => action.includes(appHere.client.id))
    await here.post(form?.action ?? '', form?.fields ?? {})
    await authenticatedPost(server, '/revoke', appHere, { token: tokens.access_token })
    expect(await due()).toEqual([])
  })
})

describe('a door at the command line', () => {
  it.each([
    ['session revoke s_one', ['c_one']],
    ['session revoke s_one --disconnect-apps', ['c_one']],
    ['user sign-out ada', ['c_one', 'c_two']],
    ['user set-password ada', ['c_one', 'c_two']],
    ['user disable ada', ['c_one', 'c_two']],
    ['user delete ada', ['c_one', 'c_two']],
    ['user reset-second-factor ada', ['c_one', 'c_two']],
    ['client disable c_one', []],
    ['grant list', []],
  ])('%s', async (command, told) => {
    const shell = createShell()
    await shell.store(async (store) => {
      await store.users.create(aNewUser('u_ada', { username: 'ada', email: 'ada@example.test' }))
      for (const name of ['one', 'two']) {
        await store.clients.create(aClient('web', { backchannel_logout_uri }, { id: `c_${name}` }))
        const session = aSession(`s_${name}`, 'u_ada')
        await store.sessions.create(session)
        await store.logoutCalls.owe({ ...session, clientId: `c_${name}` })
      }
    })
    await shell.json(command, newPassword)
    const { now } = shell.clock
    expect(idsOf(await shell.store((store) => store.logoutCalls.waiting(now)))).toEqual(told)
    expect(await shell.store((store) => store.logoutCalls.claim('c_one', now, now + 1))).toEqual(
      told.includes('c_one')
        ? { sid: 'sid of s_one', sub: 'u_ada', clientId: 'c_one', attempts: 1, expiresAt: now + 86_400 }
        : undefined,
    )
  })

  it('registers where an app is told, and says so', async () => {
    const shell = createShell()
    const frontchannel_logout_uri = 'https://app.test/out'
    const set = ['--back-channel-logout-uri', backchannel_logout_uri]
    set.push('--front-channel-logout-uri', frontchannel_logout_uri)
    const web = ['client', 'create', '--kind', 'web', '--name', 'A', '--redirect-uri', 'https://app.test/cb']
    const { client_id: id } = await shell.json([...web, ...set])
    expect(await shell.json(`client get ${id}`)).toMatchObject({
      backchannel_logout_uri,
      frontchannel_logout_uri,
    })
    const change = ['client', 'update', String(id), '--set']
    await shell.json([...change, 'backchannel_logout_session_required=true'])
    expect(await shell.json(`client get ${id}`)).toMatchObject({
      backchannel_logout_uri,
      backchannel_logout_session_required: true,
    })
    const refused = await shell.run([...change, 'backchannel_logout_uri="http://app.test/logout"'])
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('backchannel_logout_uri') })
  })
})
