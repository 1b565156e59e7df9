// Holds every page of the account to the keyboard: never a click.
import type { Page as Tab } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.js'
import { codeAt } from '../support/factors.js'
import { codeFlow } from '../support/flow.js'
import type { Person, TestServer } from '../support/server.js'
import { closeAll, follow, openServer, openTab, primary, reach, typeInto, walk } from './keyboard.js'
import { withAuthenticator } from './support.js'

afterEach(closeAll)

const fresh = 'glacier tandem origami pulse'

const told = (tab: Tab, text: string | RegExp) => tab.getByRole('status').filter({ hasText: text }).waitFor()

async function signIn(tab: Tab, username: string, password: string): Promise<void> {
  await typeInto(tab, 'Username or email', username)
  await typeInto(tab, 'Password', password)
  await follow(tab, primary, 'Space')
}

describe.each([true, false])('by keyboard alone, scripts on: %s', (scripts) => {
  it('a person goes through the whole account', { timeout: 240_000 }, async () => {
    const [server, tab] = [await openServer(), await openTab(scripts)]
    const person = await server.addUser({ username: 'ada' })
    // Another place where ada is signed in, and an app that ada has connected.
    const app = await server.addClient('web', { client_name: 'Orchard Planner' })
    await codeFlow(server, createBrowser(server), app, { person })
    const authenticator = scripts && (await withAuthenticator(tab))

    await tab.goto(`${server.issuer}/account`)
    await walk(tab, 'Sign in')
    await signIn(tab, 'ada', person.password)
    if (scripts) {
      await walk(tab, 'Sign in faster next time')
      await follow(tab, primary)
    }
    await overview(tab)
    await profile(tab, server, scripts, person)
    await password(tab, scripts)
    await passkeys(tab, scripts)
    const secret = await enrolment(tab, server)
    if (authenticator) await authenticator.remove()

    await follow(tab, 'Switch account')
    await walk(tab, 'Choose an account')
    await follow(tab, primary)
    await follow(tab, 'Activity')
    await walk(tab, 'Activity')
    await follow(tab, primary, 'Space')
    await walk(tab, 'You are signed out')
    await follow(tab, 'Sign in again')
    await signIn(tab, 'ada', fresh)
    server.clock.advance(60)
    await walk(tab, 'Enter a code')
    await typeInto(tab, 'Code', '000000')
    await follow(tab, primary)
    await walk(tab, 'Enter a code')
    await typeInto(tab, 'Code', codeAt(secret, server.clock.now))
    await follow(tab, primary)

    await follow(tab, 'Two-step sign-in')
    await confirm(tab, fresh)
    server.clock.advance(60)
    await typeInto(tab, 'Code', codeAt(secret, server.clock.now))
    await follow(tab, primary)
    await recoveryCodes(tab)
    await sessions(tab)
    await connections(tab)
    await data(tab)
    expect(await server.deps.store.users.find(person.user.sub)).toBeUndefined()
  })
})

async function overview(tab: Tab): Promise<void> {
  await walk(tab, 'Your account')
  // Past the header and the navigation, to what the page is about.
  await reach(tab, 'Skip to content')
  await tab.keyboard.press('Enter')
  await tab.keyboard.press('Tab')
  const inMain = await tab.evaluate(() => document.activeElement?.closest('main') !== null)
  expect([new URL(tab.url()).hash, inMain]).toEqual(['#main', true])
}

/** The page before a change of the account. */
async function confirm(tab: Tab, password: string): Promise<void> {
  await walk(tab, 'Confirm that it is you')
  await typeInto(tab, 'Password', password)
  await follow(tab, primary)
}

async function profile(
  tab: Tab,
  server: TestServer,
  scripts: boolean,
  { user, password }: Person,
): Promise<void> {
  await follow(tab, 'Profile')
  await walk(tab, 'Profile')
  await typeInto(tab, 'Full name', 'Ada King')
  await reach(tab, 'Language')
  await tab.keyboard.press('E')
  await follow(tab, primary)
  const claims = (await server.deps.store.users.find(user.sub))?.claims
  expect(claims).toMatchObject({ name: 'Ada King', locale: 'en' })
  await follow(tab, 'Change address')
  await confirm(tab, password)
  if (scripts) {
    await walk(tab, 'Use your passkey')
    await follow(tab, 'Use a passkey')
  }
  await walk(tab, 'Change your email address')
  await typeInto(tab, 'New email address', 'king@example.test')
  await follow(tab, primary, 'Space')
  await told(tab, 'king@example.test')
  await walk(tab, 'Change your email address')
}

async function password(tab: Tab, scripts: boolean): Promise<void> {
  await follow(tab, 'Password')
  await walk(tab, 'Password')
  await typeInto(tab, 'New password', 'short')
  await tab.keyboard.press('Enter')
  await tab.getByRole('alert').waitFor()
  await walk(tab, 'Password')
  if (scripts) {
    await reach(tab, 'Show')
    await tab.keyboard.press('Space')
    expect(await tab.getByLabel('New password').getAttribute('type')).toBe('text')
  }
  await typeInto(tab, 'New password', fresh)
  await reach(tab, 'Sign out everywhere else')
  await tab.keyboard.press('Space')
  await follow(tab, primary)
  await told(tab, 'Your password has changed.')
}

async function passkeys(tab: Tab, scripts: boolean): Promise<void> {
  await follow(tab, 'Passkeys')
  await walk(tab, 'Passkeys')
  if (!scripts) return
  await reach(tab, /^New name for/)
  await tab.keyboard.press('Enter')
  await walk(tab, 'Passkeys')
  await typeInto(tab, 'Name', 'Laptop')
  await follow(tab, 'Save')
  await follow(tab, 'Remove Laptop', 'Space')
  await typeInto(tab, 'Name of the new passkey', 'Phone')
  await follow(tab, primary)
  expect(await tab.getByRole('heading', { name: 'Phone' }).isVisible()).toBe(true)
}

async function enrolment(tab: Tab, server: TestServer): Promise<string> {
  await follow(tab, 'Two-step sign-in')
  await walk(tab, 'Two-step sign-in')
  await follow(tab, primary)
  await walk(tab, 'Set up two-step sign-in')
  await typeInto(tab, 'Code', '000000')
  await follow(tab, primary)
  await walk(tab, 'Set up two-step sign-in')
  const secret = (await tab.locator('main code').textContent()) ?? ''
  await typeInto(tab, 'Code', codeAt(secret, server.clock.now))
  await follow(tab, primary, 'Space')
  await walk(tab, 'Keep these recovery codes')
  await follow(tab, primary)
  await walk(tab, 'Two-step sign-in')
  return secret
}

async function recoveryCodes(tab: Tab): Promise<void> {
  await follow(tab, 'Make new recovery codes', 'Space')
  await walk(tab, 'Keep these recovery codes')
  await follow(tab, primary)
  await follow(tab, 'Turn it off')
  expect(await tab.getByText('It is off').isVisible()).toBe(true)
}

async function sessions(tab: Tab): Promise<void> {
  await follow(tab, 'Sessions')
  await walk(tab, 'Sessions')
  await reach(tab, 'Also disconnect the apps that were connected there')
  await tab.keyboard.press('Space')
  await tab.keyboard.press('Space')
  await follow(tab, /^Sign out .*[Bb]rowser/)
  await told(tab, 'One session has ended.')
  await walk(tab, 'Sessions')
}

async function connections(tab: Tab): Promise<void> {
  await follow(tab, 'Connected apps')
  await walk(tab, 'Connected apps')
  await follow(tab, 'Disconnect Orchard Planner', 'Space')
  await told(tab, 'Orchard Planner is disconnected.')
  await walk(tab, 'Connected apps')
}

async function data(tab: Tab): Promise<void> {
  await follow(tab, 'Your data')
  await walk(tab, 'Your data')
  await reach(tab, 'Download as JSON')
  const download = tab.waitForEvent('download')
  await tab.keyboard.press('Enter')
  expect((await download).suggestedFilename()).toMatch(/\.json$/)
  await follow(tab, 'Delete the account')
  await walk(tab, 'Delete your account?')
  await typeInto(tab, 'Type ada to confirm', 'somebody')
  await follow(tab, 'Delete for good')
  await tab.getByRole('alert').waitFor()
  await walk(tab, 'Delete your account?')
  await typeInto(tab, 'Type ada to confirm', 'ada')
  await follow(tab, 'Delete for good', 'Space')
}
