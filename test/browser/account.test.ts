// Holds the account in a real browser: passkeys with a virtual authenticator, and everything else without scripts.
import type { BrowserContext, BrowserContextOptions, Page as Tab } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { codeAt } from '../support/factors.js'
import { authorizeUrl, redeem } from '../support/flow.js'
import { type ListeningServer, startServer } from '../support/listening.js'
import type { Person } from '../support/server.js'
import { startApp } from './site.js'
import { launchBrowser, withAuthenticator } from './support.js'

const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function begin(): Promise<{ server: ListeningServer; person: Person }> {
  // By name: WebAuthn knows no addresses.
  const server = await startServer({ host: 'localhost' })
  ending.push(server.close)
  return { server, person: await server.addUser({ username: 'ada' }) }
}

async function openBrowser(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const { browser, close } = await launchBrowser(options)
  ending.push(close)
  return browser
}

/** A tab, and what Chromium complains about in it. */
async function openTab(options: BrowserContextOptions = {}) {
  const tab = await (await openBrowser(options)).newPage()
  const complaints: string[] = []
  tab.on('console', (message) => {
    if (message.type() === 'error' && !/status of 422/.test(message.text())) complaints.push(message.text())
  })
  tab.on('pageerror', (error) => complaints.push(String(error)))
  return { tab, complaints }
}

const heading = (tab: Tab) => tab.getByRole('heading', { level: 1 }).textContent()
const press = (tab: Tab, name: string) => tab.getByRole('button', { name, exact: true }).click()

async function signIn(tab: Tab, { user, password }: Person): Promise<void> {
  await tab.getByLabel('Username or email').fill(user.username)
  await tab.getByLabel('Password').fill(password)
  await press(tab, 'Sign in')
}

/** The page before a change of the account. */
async function confirm(tab: Tab, { password }: Person): Promise<void> {
  expect(await heading(tab)).toBe('Confirm that it is you')
  await tab.getByLabel('Password').fill(password)
  await press(tab, 'Confirm')
}

describe('a passkey', () => {
  it('is offered after a password, signs in without a name, can be named and removed', async () => {
    const { server, person } = await begin()
    const site = await startApp()
    ending.push(site.close)
    const callback = `http://127.0.0.1:${site.port}/cb`
    const app = await server.addClient('web', { redirect_uris: [callback], skip_consent: true })
    const { tab, complaints } = await openTab()
    const { cdp, authenticatorId } = await withAuthenticator(tab)

    await tab.goto(authorizeUrl(server, app).url)
    await signIn(tab, person)
    expect(await heading(tab)).toBe('Sign in faster next time')
    await press(tab, 'Create a passkey')
    await tab.waitForURL(`${callback}?**`)
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
    expect(credentials).toHaveLength(1)

    await tab.goto(`${server.issuer}/account/passkeys`)
    await press(tab, 'Sign in with a passkey')
    await tab.getByText('You have one passkey.').waitFor()
    await tab.getByText('Rename').click()
    await tab.getByLabel('Name', { exact: true }).fill('Laptop')
    await press(tab, 'Save')
    expect(await tab.getByRole('heading', { name: 'Laptop' }).isVisible()).toBe(true)
    // The same authenticator has one for this account already.
    await press(tab, 'Add a passkey')
    await tab.getByText('There is a passkey for this account on this device already.').waitFor()
    await press(tab, 'Sign out')

    const asked = authorizeUrl(server, app)
    // The browser offers it at the field for the name, and this authenticator accepts at once.
    await tab.goto(asked.url)
    await tab.waitForURL(`${callback}?**`)
    const code = site.arrivals.at(-1)?.params.get('code') ?? ''
    const { id_token = '' } = await redeem(server, app, { ...asked, code })
    const claims = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ sub: person.user.sub, acr: 'phr' })

    await tab.goto(`${server.issuer}/account/passkeys`)
    await press(tab, 'Sign in with a passkey')
    await press(tab, 'Remove Laptop')
    await tab.getByText('You have no passkeys yet.').waitFor()
    expect(complaints).toEqual([])
  })

  it('that is refused or not there says so, and the password still works', async () => {
    const { server, person } = await begin()
    const { tab } = await openTab()
    const { cdp, authenticatorId } = await withAuthenticator(tab)
    await tab.goto(`${server.issuer}/account`)
    await press(tab, 'Sign in with a passkey')
    await tab.getByText('That was cancelled or took too long. Try again.').waitFor()
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await signIn(tab, person)
    expect(await heading(tab)).toBe('Sign in faster next time')
    await press(tab, 'Create a passkey')
    await tab.getByText('That was cancelled or took too long. Try again.').waitFor()
    await tab.getByRole('link', { name: 'Not now' }).click()
    expect(await heading(tab)).toBe('Your account')
  })
})

describe('our script', () => {
  it('shows a password and hides it again, by keyboard too', async () => {
    const { server } = await begin()
    const { tab } = await openTab()
    await tab.goto(`${server.issuer}/account`)
    const field = tab.getByLabel('Password')
    const button = tab.getByRole('button', { name: 'Show', exact: true })
    await field.fill('visible?')
    await button.press('Enter')
    expect([await field.getAttribute('type'), await button.getAttribute('aria-pressed')]).toEqual([
      'text',
      'true',
    ])
    await button.click()
    expect(await field.getAttribute('type')).toBe('password')
  })
})

describe('with scripts off', () => {
  it('a person does everything else: second step, password, sessions, profile, data, deletion', async () => {
    const { server, person } = await begin()
    const { tab, complaints } = await openTab({ javaScriptEnabled: false, locale: 'en-GB' })
    await tab.goto(`${server.issuer}/account`)
    expect(await tab.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0)
    await signIn(tab, person)
    expect(await heading(tab)).toBe('Your account')

    await tab.getByRole('navigation').getByRole('link', { name: 'Two-step sign-in' }).click()
    await confirm(tab, person)
    await tab.getByRole('link', { name: 'Set it up' }).click()
    expect(await tab.getByRole('img', { name: 'QR code' }).isVisible()).toBe(true)
    const secret = (await tab.locator('main code').textContent()) ?? ''
    await tab.getByRole('textbox', { name: 'Code' }).fill(codeAt(secret, server.clock.now))
    await press(tab, 'Turn on')
    expect(await tab.locator('#codes li').count()).toBe(10)
    await tab.getByRole('link', { name: 'I have kept them' }).click()
    expect(await tab.getByText('It is on').isVisible()).toBe(true)

    await press(tab, 'Sign out')
    await tab.getByRole('link', { name: 'Sign in again' }).click()
    await signIn(tab, person)
    expect(await heading(tab)).toBe('Enter a code')
    server.clock.advance(60)
    await tab.getByRole('textbox', { name: 'Code' }).fill('000000')
    await press(tab, 'Continue')
    expect(await tab.title()).toBe('Error: Enter a code \u00b7 Grantor')
    await tab.getByRole('textbox', { name: 'Code' }).fill(codeAt(secret, server.clock.now))
    await press(tab, 'Continue')
    expect(await heading(tab)).toBe('Your account')

    const visit = (name: string) =>
      tab.getByRole('navigation').getByRole('link', { name, exact: true }).click()
    await visit('Password')
    await confirm(tab, person)
    server.clock.advance(60)
    await tab.getByRole('textbox', { name: 'Code' }).fill(codeAt(secret, server.clock.now))
    await press(tab, 'Continue')
    await tab.getByLabel('New password').fill('glacier tandem origami pulse')
    await press(tab, 'Change the password')
    expect(await tab.getByRole('status').textContent()).toBe('Your password has changed.')
    await visit('Passkeys')
    expect(await tab.getByText('its scripts are off').isVisible()).toBe(true)
    await visit('Sessions')
    expect(await tab.getByText('This one').isVisible()).toBe(true)
    await visit('Profile')
    await tab.getByLabel('Full name').fill('Ada King')
    await tab.getByLabel('Language').selectOption({ label: 'Deutsch' })
    await tab.getByRole('button', { name: 'Save' }).click()
    expect(await heading(tab)).toBe('Profil')
    expect(await tab.getByLabel('Voller Name').inputValue()).toBe('Ada King')
    const visitGerman = (name: string) => tab.getByRole('navigation').getByRole('link', { name }).click()
    await visitGerman('Aktivität')
    expect(await tab.getByText('Anmeldung in zwei Schritten eingeschaltet').isVisible()).toBe(true)
    await visitGerman('Ihre Daten')
    await tab.getByRole('link', { name: 'Konto löschen' }).click()
    await tab.getByLabel('Tippen Sie zur Bestätigung ada').fill('ada')
    await press(tab, 'Endgültig löschen')
    expect(await server.deps.store.users.find(person.user.sub)).toBeUndefined()
    expect(complaints).toEqual([])
  })

  it('a person chooses between accounts', async () => {
    const { server, person } = await begin()
    const other = await server.addUser({ username: 'grace', claims: { name: 'Grace Hopper' } })
    const { tab } = await openTab({ javaScriptEnabled: false })
    await tab.goto(`${server.issuer}/account`)
    await signIn(tab, person)
    await tab.getByRole('link', { name: 'Switch account' }).click()
    await press(tab, 'Use another account')
    await signIn(tab, other)
    expect(await tab.getByRole('banner').textContent()).toContain('Grace Hopper')
    await tab.getByRole('link', { name: 'Switch account' }).click()
    await tab.getByRole('radio', { name: /ada/ }).check()
    await press(tab, 'Continue')
    expect(await tab.getByRole('banner').textContent()).toContain('ada@example.test')
  })
})
