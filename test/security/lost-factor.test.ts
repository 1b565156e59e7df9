// The security catalogue, EN03: what survives a reset of the password, and removing a factor that nobody can prove.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeDueFactors } from '../../src/endpoints/remove-due-factors.js'
import { newLink } from '../../src/mail/link.js'
import type { OnSettled } from '../../src/mail/queue.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce } from '../support/connected.js'
import { addPasskey, enrolApp, openConfirmed, optionsOn } from '../support/factors.js'
import { authorizeUrl, codeFlow, refresh } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'

const fresh = 'glacier tandem origami pulse'
const threeDays = 72 * 3600

let server: TestServer
let app: Registered
let alice: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { skip_consent: true, client_name: 'Orchard' })
  alice = await server.addUser()
})
afterEach(() => server.close())

async function atAccount(who = alice): Promise<Browser> {
  const browser = createBrowser(server)
  await browser.open('/account')
  await browser.signIn(who)
  return browser
}

/** Somebody reads Alice's mail, and chooses a password. */
async function reset(): Promise<Browser> {
  const { sub, email = '' } = alice.user
  const { url } = await newLink(server.deps, { purpose: 'reset_password', sub, email }, 'trusted')
  const browser = createBrowser(server)
  await browser.open(url)
  await browser.submit({ password: fresh })
  return browser
}

/** A sign-in with Alice's password, as far as it goes. */
async function withPassword(password = alice.password): Promise<Browser> {
  const browser = createBrowser(server)
  await browser.open('/account/passkeys')
  await browser.submit({ username: alice.user.username, password })
  return browser
}

async function askForRemoval(password = alice.password): Promise<Browser> {
  const browser = await withPassword(password)
  await browser.open(browser.view.url.pathname.replace('second-factor', 'lost-factor'))
  await browser.submit({}, 'Remove in 72 hours')
  return browser
}

const sessions = () => server.deps.store.sessions.list({ now: server.clock.now, limit: 10 })
const passkeys = () => server.deps.store.passkeys.listByUser(alice.user.sub)
const planned = () => server.deps.store.factorRemovals.find(alice.user.sub, server.clock.now)
const lastMail = () => server.mails.at(-1)
const stopLink = () => /https:\/\/as\.test\/stop-factor-removal\/\S+/.exec(lastMail()?.text ?? '')?.[0] ?? ''
const events = async () =>
  (await server.deps.store.audit.ofUser(alice.user.sub, { limit: 200 })).map(({ type }) => type)

describe('EN03: after a reset by mail', () => {
  it('EN03: page and mail name passkeys, two-step sign-in and apps, which are disconnected', async () => {
    const browser = await atAccount()
    const tokens = await codeFlow(server, browser, app, { params: { scope: 'openid offline_access' } })
    await enrolApp(server, browser)
    await addPasskey(server, browser, 'Key of a thief')
    const { view } = await reset()
    expect(view.heading).toBe('Your password has changed')
    for (const said of ['Key of a thief', 'Two-step sign-in', 'Orchard']) expect(view.text).toContain(said)
    expect(lastMail()?.subject).toBe('Your password was reset by email')
    expect(lastMail()?.text).toMatch(/Passkeys: .Key of a thief.\n\nTwo-step sign-in: on/)
    expect(lastMail()?.text).toMatch(/Disconnected apps: .Orchard./)
    expect((await refresh(server, app, tokens.refresh_token ?? '')).status).toBe(400)
    expect(await server.deps.store.consents.listByUser(alice.user.sub, { limit: 1 })).toEqual([])
  })

  it('EN03: signs in no browser without the passkey, in whichever the new password is typed', async () => {
    const key = await addPasskey(server, await atAccount())
    const reader = await reset()
    await reader.open('/account')
    for (const browser of [reader, createBrowser(server)]) {
      await browser.open('/account')
      await browser.submit({ username: 'alice', password: fresh })
      expect(browser.view.heading).toBe('Use your passkey')
      expect((await browser.newTab().open('/account/sessions')).heading).toBe('Sign in')
    }
    expect(await sessions()).toEqual([])
    await reader.submit({ passkey: key.assert(optionsOn(reader)) })
    expect(reader.view.heading).toBe('Your account')
    // The passkey has vouched for the password: from now on it is like any other.
    expect((await withPassword(fresh)).view.heading).toBe('Use your passkey')
    const later = createBrowser(server)
    await later.open('/account')
    await later.submit({ username: 'alice', password: fresh })
    expect(later.view.heading).toBe('Your account')
  })

  it('EN03: asks for the code of an app, and removes no factor before', async () => {
    const phone = await enrolApp(server, await atAccount())
    const reader = await reset()
    await reader.open('/account/check')
    await reader.submit({ username: 'alice', password: fresh })
    expect(reader.view.heading).toBe('Enter a code')
    const csrf = reader.view.forms[0]?.fields.csrf ?? ''
    await reader.newTab().post('/account/check', { csrf, two_step: '1' })
    expect(await server.deps.store.totps.find(alice.user.sub)).toBeDefined()
    await reader.submit({ code: phone.code() })
    expect(reader.view.heading).toBe('Check who has access')
    await reader.submit({ two_step: '1' })
    expect(await server.deps.store.totps.find(alice.user.sub)).toBeUndefined()
  })

  it('EN03: passkeys, app and connections go in one step, once the factor is proven', async () => {
    const browser = await atAccount()
    const phone = await enrolApp(server, browser)
    const thief = await addPasskey(server, browser, 'Key of a thief')
    await codeFlow(server, browser, app, { params: { scope: 'openid offline_access' } })
    await openConfirmed(browser, '/account/check')
    expect(browser.view.heading).toBe('Check who has access')
    await browser.submit({ passkey: thief.id, app: app.client.id })
    expect(browser.view.heading).toBe('Check who has access')
    expect([await passkeys(), browser.view.text.includes('Orchard')]).toEqual([[], false])
    expect(phone.secret).not.toBe('')
    expect(await server.deps.store.totps.find(alice.user.sub)).toBeDefined()
    expect(await events()).toEqual(expect.arrayContaining(['user.passkey_removed', 'connection.ended']))
  })

  it('EN03: a factor that is required and not there is set up before the browser is signed in', async () => {
    await server.deps.store.users.setSecondFactorRequired(alice.user.sub, true, server.clock.now)
    await reset()
    expect((await withPassword(fresh)).view.heading).toBe('Set up two-step sign-in')
    expect(await sessions()).toEqual([])
  })
})

describe('EN03: a factor that the user cannot prove', () => {
  it('EN03: goes 72 hours after a mail, not before, also after a restart; the user is told again', async () => {
    await addPasskey(server, await atAccount())
    await askForRemoval()
    expect(lastMail()?.subject).toBe('Your passkeys and two-step sign-in will be removed')
    server.clock.advance(threeDays - 1)
    await removeDueFactors(server.deps)
    expect(await passkeys()).toHaveLength(1)
    server.clock.advance(1)
    const mails = server.mails.length
    // Two servers, and each of them twice.
    await Promise.all([1, 2, 3, 4].map(() => removeDueFactors(server.deps)))
    expect(await passkeys()).toEqual([])
    expect(server.mails.slice(mails).map(({ subject }) => subject)).toEqual([
      'Your passkeys and two-step sign-in are removed',
    ])
    expect((await events()).filter((type) => type === 'user.factors_removed')).toHaveLength(1)
    expect(await sessions()).toEqual([])
    expect((await withPassword()).view.heading).toBe('Passkeys')
  })

  it('EN03: is finished by another process where the first has died in between', async () => {
    await addPasskey(server, await atAccount())
    await askForRemoval()
    server.clock.advance(threeDays)
    await server.deps.store.factorRemovals.start(alice.user.sub, server.clock.now)
    await removeDueFactors(server.deps)
    expect(await passkeys()).toHaveLength(1)
    server.clock.advance(60)
    await removeDueFactors(server.deps)
    expect([await passkeys(), await planned()]).toEqual([[], undefined])
  })

  it('EN03: stays where the link in the mail stops it: once, without signing in', async () => {
    await addPasskey(server, await atAccount())
    await askForRemoval()
    const url = stopLink()
    const reader = createBrowser(server)
    await reader.open(url)
    expect(reader.view.heading).toBe('Keep passkeys and two-step sign-in?')
    expect(await planned()).toBeDefined()
    await reader.submit()
    expect(reader.view.heading).toBe('Nothing will be removed')
    expect((await createBrowser(server).open(url)).status).toBe(410)
    server.clock.advance(threeDays)
    await removeDueFactors(server.deps)
    expect(await passkeys()).toHaveLength(1)
  })

  it('EN03: the link outlives a reset of the password, and only this account has it', async () => {
    await addPasskey(server, await atAccount())
    await askForRemoval()
    const url = stopLink()
    await reset()
    const reader = createBrowser(server)
    expect((await reader.open(`${url.slice(0, -1)}${url.endsWith('A') ? 'E' : 'A'}`)).status).toBe(410)
    await reader.open(url)
    const forged = await reader.newTab().post(url, { csrf: 'forged' })
    expect([forged.status, (await planned()) !== undefined]).toEqual([403, true])
    await reader.submit()
    expect(await planned()).toBeUndefined()
  })

  it('EN03: stays where somebody signs in with it', async () => {
    const key = await addPasskey(server, await atAccount())
    await askForRemoval()
    const owner = createBrowser(server)
    await owner.open('/account')
    await owner.submit({ passkey: key.assert(optionsOn(owner)) })
    expect(await planned()).toBeUndefined()
    expect(await events()).toContain('user.factor_removal_stopped')
    // Likewise where it strengthens a session.
    const other = await askForRemoval()
    expect(await planned()).toBeDefined()
    await other.open(other.view.url.pathname.replace('lost-factor', 'second-factor'))
    await other.submit({ passkey: key.assert(optionsOn(other)) })
    expect(await planned()).toBeUndefined()
  })

  it('EN03: is asked for once, however often; the first moment stands, and one mail goes', async () => {
    await addPasskey(server, await atAccount())
    const browser = await withPassword()
    await browser.open(browser.view.url.pathname.replace('second-factor', 'lost-factor'))
    const { action = '', fields = {} } = browser.view.forms[0] ?? {}
    const mails = server.mails.length
    await atOnce(() => browser.newTab().post(action, fields))
    expect(server.mails).toHaveLength(mails + 1)
    const { dueAt } = (await planned()) ?? {}
    server.clock.advance(60)
    await browser.reload()
    expect(browser.view.text).toContain('will be removed on')
    expect([(await planned())?.dueAt, dueAt]).toEqual([dueAt, server.clock.now - 60 + threeDays])
  })

  it('EN03: nothing is planned by who has not typed the password, nor in an old session', async () => {
    const strict = await server.addClient('web', { skip_consent: true, require_second_factor: true })
    const old = await atAccount()
    await addPasskey(server, await atAccount())
    server.clock.advance(600)
    await old.open(authorizeUrl(server, strict).url)
    expect(old.view.heading).toBe('Use your passkey')
    const path = old.view.url.pathname.replace('second-factor', 'lost-factor')
    expect((await old.newTab().open(path)).url.pathname).toMatch(/^\/login\//)
    const stranger = createBrowser(server)
    await stranger.open('/account')
    await stranger.open(stranger.view.url.pathname.replace('login', 'lost-factor'))
    expect(stranger.view.heading).toBe('Sign in')
    expect(await planned()).toBeUndefined()
  })

  it('EN03: nothing is planned in a browser that was left open after a sign-in to an app (EN02)', async () => {
    const weak = createBrowser(server)
    await weak.open(authorizeUrl(server, app).url)
    await weak.signIn(alice)
    await addPasskey(server, await atAccount())
    await weak.open(authorizeUrl(server, app, { acr_values: 'phr' }).url)
    expect(weak.view.heading).toBe('Use your passkey')
    const { pathname } = weak.view.url
    await weak.open(pathname.replace('second-factor', 'lost-factor'))
    expect(weak.view.heading).toBe('Sign in')
    await weak.submit({ username: alice.user.username, password: alice.password })
    await weak.open(pathname.replace('second-factor', 'lost-factor'))
    await weak.submit({}, 'Remove in 72 hours')
    expect(await planned()).toBeDefined()
  })

  it('EN03: is not offered where no mail reaches the user, who hears what to do instead', async () => {
    alice = await server.addUser({ username: 'bob', emailVerified: false })
    await addPasskey(server, await atAccount())
    const browser = await withPassword()
    await browser.open(browser.view.url.pathname.replace('second-factor', 'lost-factor'))
    expect(browser.view.text).toContain('only an administrator')
    expect(browser.view.forms).toEqual([])
    const csrf = ''
    await browser.post(browser.view.url.pathname, { csrf })
    expect(await planned()).toBeUndefined()
  })

  it('EN03: does not go on if the mail cannot be sent, and can be asked for again', async () => {
    await addPasskey(server, await atAccount())
    const { mail } = server.deps
    const { post } = mail
    Object.assign(mail, { post: (_mail: unknown, onSettled?: OnSettled) => onSettled?.(false) })
    const browser = await askForRemoval()
    await expect.poll(planned).toBeUndefined()
    await expect.poll(events).toContain('user.factor_removal_stopped')
    Object.assign(mail, { post })
    await browser.reload()
    await browser.submit({}, 'Remove in 72 hours')
    expect(await planned()).toBeDefined()
  })

  it('EN03: does not go on if the process ends before the mail has left, and can be asked for again', async () => {
    await addPasskey(server, await atAccount())
    const { mail } = server.deps
    const { post } = mail
    Object.assign(mail, { post: () => {} })
    await askForRemoval()
    expect(await planned()).toBeDefined()
    Object.assign(mail, { post })
    server.clock.advance(threeDays)
    await removeDueFactors(server.deps)
    expect(await passkeys()).toHaveLength(1)
    expect(await planned()).toBeUndefined()
    await askForRemoval()
    expect((await planned())?.announcedAt).toBe(server.clock.now)
  })

  it('EN03: ends when an administrator disables the user', async () => {
    await addPasskey(server, await atAccount())
    await askForRemoval()
    const { users } = server.deps.store
    await users.setDisabled(alice.user.sub, true, server.clock.now)
    await users.setDisabled(alice.user.sub, false, server.clock.now)
    server.clock.advance(threeDays)
    await removeDueFactors(server.deps)
    expect(await passkeys()).toHaveLength(1)
  })

  it('EN03: a recovery code removes it at once', async () => {
    const browser = await atAccount()
    const phone = await enrolApp(server, browser)
    const lost = await withPassword()
    await lost.open(`${lost.view.url.pathname}?method=recovery`)
    await lost.submit({ code: phone.recoveryCodes[0] ?? '' })
    expect(lost.view.heading).toBe('Passkeys')
    await lost.open('/account/second-factor')
    await lost.submit({}, 'Turn it off')
    expect(await server.deps.store.totps.find(alice.user.sub)).toBeUndefined()
  })
})
