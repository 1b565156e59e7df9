// Holds the way of letting a device in to the keyboard, with and without scripts: never a click.
import type { Page as Tab } from 'playwright-core'
import { afterEach, expect, it } from 'vitest'
import { ask, pollError } from '../support/device.js'
import { closeAll, follow, openServer, openTab, primary, reach, typeInto, walk } from './keyboard.js'

afterEach(closeAll)

async function signIn(tab: Tab, username: string, password: string): Promise<void> {
  await typeInto(tab, 'Username or email', username)
  await typeInto(tab, 'Password', password)
  await follow(tab, primary, 'Space')
}

it.each([true, false])('by keyboard alone, scripts on: %s', { timeout: 120_000 }, async (scripts) => {
  const [server, tab] = [await openServer(), await openTab(scripts)]
  const person = await server.addUser({ username: 'ada' })
  const tv = await server.addClient('device', { client_name: 'Garden TV' })
  const asked = await ask(server, tv, { scope: 'openid offline_access' })

  await tab.goto(asked.verification_uri)
  await walk(tab, 'Connect a device')
  await typeInto(tab, 'Code', 'wdjb')
  await follow(tab, primary)
  // What is wrong is heard first, and leads to its field.
  expect(await tab.title()).toMatch(/^Error: /)
  expect(await tab.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert')
  await walk(tab, 'Connect a device')
  await typeInto(tab, 'Code', asked.user_code.toLowerCase().replace('-', ' '))
  await follow(tab, primary)

  await walk(tab, 'Sign in')
  await signIn(tab, 'ada', person.password)
  if (scripts) await follow(tab, /^Not now/)
  await walk(tab, `Does your device show ${asked.user_code}?`)
  await follow(tab, 'Deny', 'Space')
  await walk(tab, 'The device was not let in')
  expect(await pollError(server, tv, asked)).toBe('access_denied')

  const again = await ask(server, tv, { scope: 'openid offline_access' })
  await tab.goto(again.verification_uri_complete)
  await walk(tab, 'Connect a device')
  await reach(tab, 'Code')
  await follow(tab, primary)
  await walk(tab, `Does your device show ${again.user_code}?`)
  await follow(tab, primary)
  await walk(tab, 'Go back to your device')
  expect(await pollError(server, tv, again)).toBe('none')
  await tab.goBack()
  await walk(tab, 'Go back to your device')
  await follow(tab, primary)
  await walk(tab, 'Connected apps')
})
