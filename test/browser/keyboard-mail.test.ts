// Holds the pages that lead to an account, and the walk itself, to the keyboard: never a click.
import { afterEach, describe, expect, it } from 'vitest'
import { newLink } from '../../src/mail/link.js'
import type { TestServer } from '../support/server.js'
import { closeAll, faultsOf, follow, openServer, openTab, primary, typeInto, walk } from './keyboard.js'

afterEach(closeAll)

const fresh = 'glacier tandem origami pulse'

it.each([
  ['<a href="#a">One</a><button>Two</button>', []],
  ['<a href="#a">One</a><button style="outline:none">Two</button>', [/Two.* looks as before/, /Two.* looks/]],
  [
    '<a href="#a">One</a><button style="position:fixed;left:-99rem">Two</button>',
    [/Two.* is at/, /Two.* is/],
  ],
  [
    '<a href="#a">One</a><button tabindex="2">Two</button><button>3</button>',
    [/^Tab goes/, /^Shift\+Tab goes/],
  ],
  ['<nav><a href="#a">One</a></nav>', [/no way past the navigation/]],
  [
    '<input onkeydown="if (!event.shiftKey) event.preventDefault()" autofocus><a href="#a">One</a>',
    [/^Tab goes/],
  ],
])('a walk of %s finds what is wrong with it', async (body, wrong) => {
  const tab = await openTab()
  const style = '<style>:focus-visible { outline: 3px solid green }</style>'
  await tab.goto(`data:text/html,<!doctype html>${encodeURIComponent(`${style}<main>${body}</main>`)}`)
  const found = new Set(await faultsOf(tab))
  expect([...found]).toEqual(wrong.map((one) => expect.stringMatching(one)))
})

describe.each([true, false])('by keyboard alone, scripts on: %s', (scripts) => {
  it('a person who is not in yet gets a password, an account, an address', { timeout: 120_000 }, async () => {
    const [server, tab] = [await openServer(), await openTab(scripts)]
    await server.addUser({ username: 'ada' })
    await tab.goto(`${server.issuer}/login`)
    await follow(tab, /^Forgot/)
    await walk(tab, 'Choose a new password')
    await typeInto(tab, 'Username or email', 'ada')
    await follow(tab, primary)
    await walk(tab, 'Look into your mail')
    await tab.goto(mailedLink(server))
    await walk(tab, 'Choose a new password')
    await typeInto(tab, 'New password', 'short')
    await follow(tab, primary)
    await walk(tab, 'Choose a new password')
    await typeInto(tab, 'New password', fresh)
    await follow(tab, primary)
    await walk(tab, 'Your password has changed')
    await follow(tab, primary)
    await walk(tab, 'Sign in')

    await tab.goto(`${server.issuer}/login`)
    await follow(tab, 'Create an account')
    await walk(tab, 'Create an account')
    await typeInto(tab, 'Email', 'grace@example.test')
    await follow(tab, primary, 'Space')
    await walk(tab, 'Look into your mail')
    await follow(tab, primary)
    const registration = mailedLink(server)
    await tab.goto(registration)
    await walk(tab, 'Create your account')
    await typeInto(tab, 'Your name', 'Grace Hopper')
    await typeInto(tab, 'New password', fresh)
    await follow(tab, primary)
    const grace = await server.deps.store.users.findByIdentifier('grace@example.test')
    expect(grace?.claims.name).toBe('Grace Hopper')
    await walk(tab, 'Your account')
    await tab.goto(registration)
    await walk(tab, 'This link does not work any more')

    const invited = await server.addUser({ username: 'alan', hasPassword: false, emailVerified: false })
    const about = { sub: invited.user.sub, email: invited.user.email ?? '' }
    await tab.goto((await newLink(server.deps, { purpose: 'verify_email', ...about }, 'trusted')).url)
    await walk(tab, 'Confirm your email address')
    await follow(tab, primary)
    await walk(tab, 'Your email address is confirmed')
    await tab.goto((await newLink(server.deps, { purpose: 'invitation', ...about }, 'trusted')).url)
    await walk(tab, 'Welcome')
    const sub = grace?.sub ?? ''
    const next = { purpose: 'change_email' as const, sub, email: 'hopper@example.test' }
    await tab.goto((await newLink(server.deps, next, 'trusted')).url)
    await walk(tab, 'Use this email address?')
    await follow(tab, primary)
    await walk(tab, 'Your email address is confirmed')
    expect((await server.deps.store.users.find(sub))?.email).toBe('hopper@example.test')
  })
})

function mailedLink({ mails, issuer }: TestServer): string {
  return new RegExp(`${issuer}/\\S+`).exec(mails.at(-1)?.text ?? '')?.[0] ?? ''
}
