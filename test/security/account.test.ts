// The security catalogue, groups AC and SE12: the account, its credentials, and links that are mailed.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newLink } from '../../src/mail/link.js'
import { auditRetention } from '../../src/protocol/audit-retention.js'
import type { ActionToken } from '../../src/store/store.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { atOnce } from '../support/connected.js'
import { addPasskey, enrolApp, openConfirmed } from '../support/factors.js'
import { authorizeUrl, codeFlow, refresh } from '../support/flow.js'
import { createTestServer, type Person, type Registered, type TestServer } from '../support/server.js'
import { watch } from '../support/watch.js'

const fresh = 'glacier tandem origami pulse'

let server: TestServer
let app: Registered
let alice: Person

beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  app = await server.addClient('web', { skip_consent: true })
  alice = await server.addUser()
})
afterEach(() => server.close())

async function atAccount(who = alice, page = '/account'): Promise<Browser> {
  const browser = createBrowser(server)
  await browser.open(page)
  await browser.signIn(who)
  return browser
}

async function linkFor(purpose: ActionToken['purpose'], { user } = alice, email = user.email ?? '') {
  return (await newLink(server.deps, { purpose, sub: user.sub, email }, 'trusted')).url
}

/** The link in the last mail. */
function mailedLink(): string {
  return /https:\/\/as\.test\/\S+/.exec(server.mails.at(-1)?.text ?? '')?.[0] ?? ''
}

const signsIn = async (password: string, username = 'alice') => {
  const browser = createBrowser(server)
  await browser.open('/account')
  return (await browser.submit({ username, password })).heading === 'Your account'
}

describe('AC01 a link to choose a password', () => {
  it('comes from the configured issuer, whatever the request calls us, and works', async () => {
    const browser = createBrowser(server)
    await browser.open('/forgot-password', {
      headers: { Host: 'evil.test', 'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'http' },
    })
    await browser.submit({ email: 'alice' })
    expect(browser.view.heading).toBe('Look into your mail')
    const [mail] = server.mails
    expect(mail?.to).toBe(alice.user.email)
    expect(`${mail?.text} ${mail?.html}`).not.toContain('evil')
    const reader = createBrowser(server)
    await reader.open(mailedLink())
    expect(reader.view.heading).toBe('Choose a new password')
    await reader.submit({ password: fresh })
    expect(reader.view.heading).toBe('Your password has changed')
    expect(await signsIn(fresh)).toBe(true)
    expect(await signsIn(alice.password)).toBe(false)
  })

  it('works once, also for fifty at once, and opening it does nothing', async () => {
    const url = await linkFor('reset_password')
    const browser = createBrowser(server)
    for (let scans = 0; scans < 3; scans++) expect((await browser.open(url)).status).toBe(200)
    const { fields = {} } = browser.view.forms[0] ?? {}
    const answers = await atOnce((index) =>
      browser.newTab().request(url, {
        method: 'POST',
        fields: { ...fields, password: `${fresh} ${index}` },
        from: server.issuer,
      }),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await browser.open(url)).heading).toBe('This link does not work any more')
  })

  it.each<[string, () => Promise<unknown>]>([
    ['its time', async () => server.clock.advance(1800)],
    ['another password', () => changePassword()],
    ['another address', () => changeAddress()],
    // By whoever may change a row: what is sent to the former address proves nothing about the new one.
    [
      'another address, which an administrator has set',
      async () => {
        const user = { ...alice.user, email: 'new@example.test', updatedAt: server.clock.now }
        await server.deps.store.users.update(user)
      },
    ],
    [
      'the account being disabled',
      () => server.deps.store.users.setDisabled(alice.user.sub, true, server.clock.now),
    ],
  ])('is dead after %s', async (_, happens) => {
    const url = await linkFor('reset_password')
    await happens()
    const { status, heading } = await createBrowser(server).open(url)
    expect([status, heading]).toEqual([410, 'This link does not work any more'])
  })

  it('of several takes the others with it', async () => {
    const [first, second] = [await linkFor('reset_password'), await linkFor('reset_password')]
    const [reader, late] = [createBrowser(server), createBrowser(server)]
    // Also for who has its form open already.
    await late.open(first)
    await reader.open(second)
    expect((await reader.submit({ password: fresh })).status).toBe(200)
    expect((await createBrowser(server).open(first)).status).toBe(410)
    expect((await late.submit({ password: 'another tandem of glaciers' })).status).toBe(410)
    expect(await signsIn(fresh)).toBe(true)
  })

  it('is told to the owner by one mail, and stands in the trail', async () => {
    const url = await linkFor('reset_password')
    const reader = createBrowser(server)
    await reader.open(url)
    const resets = () => server.deps.store.audit.list({ type: 'user.password_reset', limit: 9 })
    const before = server.mails.length
    // What is refused is told to nobody.
    await reader.submit({ password: 'short' })
    expect([server.mails.length, await resets()]).toEqual([before, []])
    await reader.submit({ password: fresh })
    expect(server.mails.slice(before).map(({ to }) => to)).toEqual([alice.user.email])
    expect(server.mails.at(-1)?.subject).toMatch(/password/i)
    expect(await resets()).toMatchObject([{ sub: alice.user.sub }])
  })

  it('ends sessions and connections with the old password (SE12)', async () => {
    const browser = createBrowser(server)
    const tokens = await codeFlow(server, browser, app, {
      person: alice,
      params: { scope: 'openid offline_access' },
    })
    const reader = createBrowser(server)
    await reader.open(await linkFor('reset_password'))
    await reader.submit({ password: fresh })
    expect((await browser.open('/account')).heading).toBe('Sign in')
    expect((await refresh(server, app, tokens.refresh_token ?? '')).status).toBe(400)
  })

  it('refuses a password that others would try first, and is not used up by it', async () => {
    const browser = createBrowser(server)
    await browser.open(await linkFor('reset_password'))
    for (const [password, words] of [
      ['short', 'longer password'],
      ['password1234', 'first that others would try'],
      ['alice12345678', 'too close to'],
    ] as const) {
      await browser.submit({ password })
      expect([browser.view.status, browser.view.text]).toEqual([422, expect.stringContaining(words)])
    }
    expect((await browser.submit({ password: fresh })).status).toBe(200)
  })

  it('is sent three times an hour to one reader, ten times from one address', async () => {
    const asked = async (email: string, address = '198.51.100.7') => {
      const browser = createBrowser(server, { address })
      await browser.open('/forgot-password')
      return (await browser.submit({ email })).status
    }
    const one = []
    for (let i = 0; i < 4; i++) one.push(await asked('alice', `198.51.100.${i}`))
    expect(one).toEqual([200, 200, 200, 429])
    const many = []
    for (let i = 0; i < 11; i++) many.push(await asked(`person-${i}`))
    expect(many).toEqual([...Array(10).fill(200), 429])
    expect(server.mails).toHaveLength(3)
  })

  async function changePassword() {
    const browser = await atAccount(alice, '/account/password')
    await browser.submit({ password: fresh })
  }
  async function changeAddress() {
    const browser = await atAccount()
    await browser.open(await linkFor('change_email', alice, 'new@example.test'))
    await browser.submit()
  }
})

describe('SE04 who asks for a mail', () => {
  it('learns nothing: known, unknown, disabled and without an address are answered alike', async () => {
    await server.addUser({ username: 'bare', email: undefined })
    await server.addUser({ username: 'off', disabled: true })
    const answers = []
    for (const email of ['alice', 'bare', 'off', 'nobody', 'nobody@example.test']) {
      const browser = createBrowser(server)
      await browser.open('/forgot-password')
      const { status, html } = await browser.submit({ email })
      answers.push(`${status} ${html.replace(/name="csrf" value="[\w-]+"/g, '')}`)
    }
    expect(new Set(answers).size).toBe(1)
    expect(server.mails).toHaveLength(1)
  })

  it('is answered alike when an account has had its three mails, by whichever of its names', async () => {
    const ask = async (email: string, page = '/forgot-password') => {
      const browser = createBrowser(server, { address: `198.18.0.${++asked}` })
      await browser.open(page)
      const { status, html } = await browser.submit({ email })
      return `${status} ${html.replace(/name="csrf" value="[\w-]+"/g, '').replaceAll(email, '')}`
    }
    let asked = 0
    const address = alice.user.email ?? ''
    const [first] = [await ask('alice'), await ask(address), await ask(address, '/sign-up')]
    expect(server.mails).toHaveLength(3)
    // The account has had its share: the fourth name typed is answered as if it had not, and nothing is sent.
    expect(await ask('alice')).toBe(first)
    expect(await ask(address, '/sign-up')).toBe(await ask('nobody@example.test', '/sign-up'))
    expect(server.mails.map(({ to }) => to)).toEqual([address, address, address, 'nobody@example.test'])
    // What anybody sees counts what was typed, and is the same for a name that nobody has.
    const seen = async (name: string) => {
      for (let i = 0; i < 3; i++) await ask(name)
      return (await ask(name)).replace(/[0-9]+ minutes/, 'N minutes')
    }
    server.clock.advance(3600)
    expect(await seen('alice')).toBe(await seen('nobody'))
    server.clock.advance(3600)
    await ask('alice')
    expect(server.mails.at(-1)?.subject).toBe('Choose a new password')
    expect(server.mails).toHaveLength(8)
  })

  it.each(['/forgot-password', '/sign-up'])('at %s costs the same, whoever is known there', async (page) => {
    await server.addUser({ username: 'off@example.test', disabled: true })
    const known = await server.addUser({ username: 'known@example.test' })
    // This one has had its mails.
    for (let i = 0; i < 3; i++) await server.deps.throttle.mailTo(`user ${known.user.sub}`)
    const done = watch(server)
    const names = ['alice@example.test', 'known@example.test', 'off@example.test', 'nobody@example.test']
    const works: string[][] = []
    for (const email of names) {
      const browser = createBrowser(server)
      await browser.open(page)
      done.length = 0
      server.randomness.bytes = 0
      const begun = performance.now()
      await browser.submit({ email })
      // Longer than what depends on the name; a timer may be a millisecond early.
      expect(performance.now() - begun).toBeGreaterThan(38)
      works.push([...done, `${server.randomness.bytes} random bytes`])
    }
    const [first = [], ...others] = works
    expect(first.filter((step) => /create|record|audit/.test(step))).toEqual([
      'actionTokens.create',
      'audit.count',
    ])
    expect(first).toContain('mail.postLater')
    expect(first).not.toContain('passwords.verify')
    for (const work of others) expect(work).toEqual(first)
  })

  it('hears the same when registering a known address, and only its reader hears more', async () => {
    const answers = []
    for (const email of [alice.user.email ?? '', 'somebody@example.test']) {
      const browser = createBrowser(server)
      await browser.open('/sign-up')
      const { html } = await browser.submit({ email })
      answers.push(html.replace(/name="csrf" value="[\w-]+"/g, '').replace(email, ''))
    }
    expect(answers[0]).toBe(answers[1])
    expect(server.mails.map(({ subject }) => subject)).toEqual([
      'You already have an account',
      'Finish creating your account',
    ])
  })
})

describe('AC02 a change of address', () => {
  it('takes the person who asked, signed in; the old address is told', async () => {
    const browser = await atAccount(alice, '/account/profile/email')
    await browser.submit({ email: 'new@example.test' })
    const url = mailedLink()
    const mallory = await atAccount(await server.addUser({ username: 'mallory' }))
    expect((await mallory.open(url)).status).toBe(410)
    const stranger = createBrowser(server)
    expect((await stranger.open(url)).heading).toBe('Sign in')
    await stranger.signIn(alice)
    expect(stranger.view.heading).toBe('Use this email address?')
    expect((await server.deps.store.users.find(alice.user.sub))?.email).toBe(alice.user.email)
    await stranger.submit()
    expect(stranger.view.heading).toBe('Your email address is confirmed')
    const told = server.mails.at(-1)
    expect([told?.to, told?.subject]).toEqual([alice.user.email, 'Your email address has changed'])
    expect(told?.text).not.toContain('new@example.test')
    const user = await server.deps.store.users.find(alice.user.sub)
    expect([user?.email, user?.emailVerified]).toEqual(['new@example.test', true])
  })

  it('to an address of somebody else is refused at the end, to its reader alone', async () => {
    const bob = await server.addUser({ username: 'bob' })
    const browser = await atAccount(alice, '/account/profile/email')
    await browser.submit({ email: bob.user.email ?? '' })
    expect(browser.view.status).toBe(200)
    await browser.open(mailedLink())
    const { status, heading } = await browser.submit()
    expect([status, heading]).toEqual([409, 'This address belongs to another account'])
    expect((await server.deps.store.users.find(alice.user.sub))?.email).toBe(alice.user.email)
  })
})

describe('AC03 what is sensitive', () => {
  const pages = [
    'profile/email',
    'password',
    'passkeys',
    'second-factor',
    'second-factor/set-up',
    'data',
    'delete',
  ]

  it('EN02: asks who it is, however lately they signed in; that counts for ten minutes, and leads back', async () => {
    const browser = await atAccount()
    for (const page of pages) {
      const { url, heading } = await browser.newTab().open(`/account/${page}`)
      expect([url.pathname.slice(0, 7), heading], page).toEqual(['/login/', 'Confirm that it is you'])
    }
    const { url } = await openConfirmed(browser, '/account/password')
    expect(url.pathname).toBe('/account/password')
    server.clock.advance(599)
    for (const page of pages)
      expect((await browser.open(`/account/${page}`)).url.pathname).toBe(`/account/${page}`)
    server.clock.advance(1)
    for (const page of pages)
      expect((await browser.newTab().open(`/account/${page}`)).heading).toBe('Confirm that it is you')
  })

  it('is not done by a form that was filled in before', async () => {
    const browser = await atAccount(alice, '/account/password')
    server.clock.advance(600)
    await browser.submit({ password: fresh })
    expect(browser.view.heading).toBe('Confirm that it is you')
    expect(await signsIn(alice.password)).toBe(true)
  })

  it('asks for the second factor who has one, also in a session from before it', async () => {
    const old = await atAccount(alice, '/account/password')
    const phone = await enrolApp(server, await atAccount())
    for (const page of pages) {
      const { heading } = await old.newTab().open(`/account/${page}`)
      expect(heading, page).toBe('Enter a code')
    }
    await old.open('/account/password')
    await old.submit({ code: phone.code() })
    expect(old.view.url.pathname).toBe('/account/password')
  })

  it('needs the current password, and guesses at it are limited', async () => {
    const browser = await atAccount()
    await browser.open('/account/password')
    const statuses = []
    for (let i = 0; i < 7; i++) statuses.push((await browser.submit({ password: `wrong ${i}` })).status)
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429])
  })
})

describe('SE12 a new password', () => {
  async function change(choices: Record<string, string>) {
    const other = createBrowser(server)
    const params = { scope: 'openid offline_access' }
    const durable = await codeFlow(server, other, app, { person: alice, params })
    const browser = await atAccount(alice, '/account/password')
    const before = browser.cookies['__Host-grantor_session']
    const { forms } = browser.view
    const form = forms.find(({ action }) => action.endsWith('/account/password'))
    const fields = { csrf: form?.fields.csrf ?? '', password: fresh }
    await browser.post('/account/password', { ...fields, ...choices })
    expect(browser.view.text).toContain('Your password has changed.')
    expect(browser.cookies['__Host-grantor_session']).not.toBe(before)
    const elsewhere = (await other.open('/account')).heading === 'Your account'
    const connected = (await refresh(server, app, durable.refresh_token ?? '')).status === 200
    return { elsewhere, connected }
  }

  it('ends other sessions, and connections only if asked', async () => {
    expect(await change({ end_sessions: '1' })).toEqual({ elsewhere: false, connected: true })
  })
  it('leaves them all, if that is chosen', async () => {
    expect(await change({})).toEqual({ elsewhere: true, connected: true })
  })
  it('ends both, if that is chosen', async () => {
    expect(await change({ end_sessions: '1', disconnect_apps: '1' })).toEqual({
      elsewhere: false,
      connected: false,
    })
  })
})

describe('AC04 what is somebody else’s', () => {
  it('is as unknown as what never was: sessions, passkeys, connections', async () => {
    const victim = await atAccount()
    const key = await addPasskey(server, victim)
    const [{ id = '' } = {}] = await server.deps.store.sessions.list({
      sub: alice.user.sub,
      now: server.clock.now,
      limit: 10,
    })
    const mallory = await atAccount(await server.addUser({ username: 'mallory' }))
    const csrf = mallory.view.forms[0]?.fields.csrf ?? ''
    for (const path of [
      `sessions/${id}/end`,
      `passkeys/${key.id}/rename`,
      `passkeys/${key.id}/remove`,
      `connections/${app.client.id}/disconnect`,
      'sessions/none/end',
      'passkeys/none/remove',
    ]) {
      await addPasskey(server, mallory, 'mine')
      await mallory.open('/account')
      const fields = { csrf: mallory.view.forms[0]?.fields.csrf ?? csrf, name: 'Stolen' }
      const { status } = await mallory.newTab().post(`/account/${path}`, fields)
      expect(status, path).toBe(404)
    }
    expect((await victim.open('/account')).heading).toBe('Your account')
    expect((await server.deps.store.passkeys.find(key.id))?.name).toBe('Key')
  })
})

describe('AC05 a link for one thing', () => {
  const purposes: ActionToken['purpose'][] = [
    'verify_email',
    'change_email',
    'reset_password',
    'invitation',
    'registration',
  ]
  const paths: Record<ActionToken['purpose'], string> = {
    verify_email: '/verify-email/',
    change_email: '/change-email/',
    reset_password: '/reset-password/',
    invitation: '/invitation/',
    registration: '/registration/',
  }

  it.each(purposes)('%s is none for another', async (purpose) => {
    const handle = (await linkFor(purpose)).split('/').at(-1)
    const browser = await atAccount()
    for (const other of purposes.filter((one) => one !== purpose)) {
      const { status } = await browser.open(paths[other] + handle)
      expect(status, other).toBe(410)
    }
  })

  it('is not guessed: handles that were never made, cut or altered', async () => {
    const url = await linkFor('reset_password')
    const browser = createBrowser(server)
    for (const bad of [
      url.slice(0, -1),
      `${url}A`,
      url.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')),
      url.toUpperCase(),
    ]) {
      const { status } = await browser.open(
        bad.replace(/^HTTPS:\/\/AS.TEST\/RESET-PASSWORD/, '/reset-password'),
      )
      expect([404, 410], bad).toContain(status)
    }
  })
})

describe('AC06 what is shown and exported', () => {
  it('holds no credential', async () => {
    const browser = await atAccount()
    const phone = await enrolApp(server, browser)
    await addPasskey(server, browser)
    await codeFlow(server, browser, app)
    const pages = ['', '/sessions', '/connections', '/activity', '/passkeys', '/data/export']
    const secrets = [
      ...Object.values(browser.cookies).flatMap((value) => value.split('.')),
      phone.secret.replaceAll(' ', ''),
      ...phone.recoveryCodes,
      (await server.deps.store.users.password(alice.user.sub))?.hash ?? '',
    ].filter((secret) => secret.length > 16)
    expect(secrets.length).toBeGreaterThan(2)
    for (const page of pages) {
      const { html, status } = await browser.open(`/account${page}`)
      expect(status, page).toBe(200)
      for (const secret of secrets) expect(html, page).not.toContain(secret)
    }
  })

  it('is everything: the export names account, sessions, apps, passkeys, activity', async () => {
    const browser = await atAccount()
    await addPasskey(server, browser)
    await codeFlow(server, browser, app)
    const response = await browser.request('/account/data/export')
    expect(response.headers.get('content-disposition')).toContain('attachment')
    expect(await response.json()).toMatchObject({
      account: { sub: alice.user.sub, username: 'alice', email: alice.user.email },
      passkeys: [{ name: 'Key' }],
      sessions: [expect.objectContaining({ address: '192.0.2.10', amr: ['pwd', 'pop', 'user', 'mfa'] })],
      connections: [{ client_id: app.client.id }],
      activity: expect.arrayContaining([expect.objectContaining({ type: 'user.signed_in' })]),
    })
  })
})

describe('an account that is deleted', () => {
  it('is gone with all that it could do, after its name was typed', async () => {
    const browser = createBrowser(server)
    const tokens = await codeFlow(server, browser, app, { person: alice })
    await openConfirmed(browser, '/account/delete')
    expect((await browser.submit({ confirm: 'bob' })).status).toBe(422)
    await browser.submit({ confirm: ' Alice ' })
    expect(browser.view.heading).toBe('Your account is deleted')
    expect(await server.deps.store.users.find(alice.user.sub)).toBeUndefined()
    expect((await refresh(server, app, tokens.refresh_token ?? '')).status).toBe(400)
    expect((await browser.open('/account')).heading).toBe('Sign in')
    expect(server.mails.at(-1)?.subject).toBe('Your account is deleted')
    const { left } = await browser.open(authorizeUrl(server, app, { prompt: 'none' }).url)
    expect(left?.params.get('error')).toBe('login_required')
  })

  it('BR07: the page says which records are kept, for how long and why, and it is so', async () => {
    const browser = createBrowser(server)
    await codeFlow(server, browser, app, { person: alice })
    await openConfirmed(browser, '/account/delete')
    const days = auditRetention / 86_400
    expect(browser.view.text).toContain(`Each entry is deleted ${days} days after it was written.`)
    expect(browser.view.text).toContain('find out later whether the account was misused')
    const german = await browser.open('/account/delete', { headers: { 'Accept-Language': 'de' } })
    expect(german.text).toContain(`Jeder Eintrag wird ${days} Tage nach dem Ereignis gelöscht.`)
    await browser.submit({ confirm: 'alice' })
    const kept = await server.deps.store.audit.list({ limit: 50, sub: alice.user.sub })
    expect(kept.map(({ type }) => type)).toContain('user.deleted')
    expect(kept.every(({ at, expiresAt }) => expiresAt - at === auditRetention)).toBe(true)
    expect(JSON.stringify(kept)).not.toMatch(/alice|liddell/i)
    server.clock.advance(auditRetention + 86_400)
    await server.deps.store.sweep(server.clock.now, 500)
    expect(await server.deps.store.audit.list({ limit: 50, sub: alice.user.sub })).toEqual([])
  })
})
