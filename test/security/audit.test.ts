// AD08 and I4: what cannot be written to the audit trail is not answered with success.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, openDatabase } from '../../src/store/sqlite-driver.js'
import type { Browser } from '../support/browser.js'
import { createBrowser } from '../support/browser.js'
import { type Connected, connect } from '../support/connected.js'
import { authorizeUrl } from '../support/flow.js'
import { temporaryFolder } from '../support/stores.js'

const { folder, remove } = temporaryFolder()
const file = `${folder}/grantor.db`
let scene: Connected
let raw: Client
beforeAll(async () => {
  scene = await connect('web', { databaseUrl: `file:${file}` })
  raw = openDatabase(file)
})
afterAll(async () => {
  raw.close()
  await scene.server.close()
  remove()
})

/** Nothing is written to the audit trail while the work runs. */
async function withoutAudit<T>(work: () => Promise<T>): Promise<T> {
  raw.exec(`create trigger no_audit before insert on audit begin select raise(abort, 'no audit'); end`)
  try {
    return await work()
  } finally {
    raw.exec('drop trigger no_audit')
  }
}

async function press(browser: Browser, path: string, action: RegExp, fields: Record<string, string> = {}) {
  await browser.open(path)
  const form = browser.view.forms.find((one) => action.test(new URL(one.action).pathname))
  if (!form) throw new Error(`no form to ${action} at ${path}`)
  return withoutAudit(() => browser.post(form.action, { ...form.fields, ...fields }))
}

describe('AD08, I4: without its record in the audit trail', () => {
  it('a sign-in is none: an error, and no session', async () => {
    const { server, person } = scene
    const browser = createBrowser(server)
    await browser.open('/login')
    const before = Object.keys(browser.cookies).filter((name) => name.endsWith('session'))
    const { status } = await withoutAudit(() => browser.signIn(person))
    expect(status).toBeGreaterThanOrEqual(500)
    const after = Object.keys(browser.cookies).filter((name) => name.endsWith('session'))
    expect(after).toEqual(before)
    expect((await browser.open('/account')).heading).toBe('Sign in')
  })

  it.each<[string, string, RegExp, Record<string, string>]>([
    ['the profile is not changed with success', '/account/profile', /\/account\/profile$/, { name: 'Ada' }],
    ['an app is not disconnected with success', '/account/connections', /\/disconnect$/, {}],
    ['other sessions are not ended with success', '/account/sessions', /\/end-other-sessions$/, {}],
    ['nobody is signed out with success', '/account', /\/sign-out$/, {}],
  ])('%s', async (_, path, action, fields) => {
    const { server, person } = scene
    const browser = createBrowser(server)
    await browser.open('/login')
    await browser.signIn(person)
    expect((await press(browser, path, action, fields)).status).toBeGreaterThanOrEqual(500)
  })

  it('a user gives no consent: no code leaves', async () => {
    const { server, person } = scene
    const app = await server.addClient('web')
    const browser = createBrowser(server)
    await browser.open(authorizeUrl(server, app).url)
    await browser.signIn(person)
    const { status, left } = await withoutAudit(() => browser.allow())
    expect([status >= 500, left]).toEqual([true, undefined])
  })
})
