// EX06: a user with very many sessions and connections, as their browser, their apps and the server see them.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { exportOf } from '../../src/endpoints/account/export.js'
import { endSessionBySid, mostSessions } from '../../src/endpoints/session.js'
import { pageSize } from '../../src/pages/page-size.js'
import { type Browser, createBrowser } from '../support/browser.js'
import { fillAccount } from '../support/large-account.js'
import { createTestServer, type Person, type TestServer } from '../support/server.js'

let server: TestServer
let person: Person
let browser: Browser
let sub: string
beforeEach(async () => {
  server = await createTestServer({ cheapPasswords: true })
  person = await server.addUser()
  sub = person.user.sub
  browser = createBrowser(server)
})
afterEach(() => server.close())

const signIn = async (one = browser) => {
  await one.open(`${server.issuer}/account`)
  await one.signIn(person)
}
const sessions = () => server.deps.store.sessions.list({ sub, now: server.clock.now, limit: 10_000 })
/** The ids in the forms of all pages, one list for each, following the link to the next one. */
async function pagesOf(path: string, form: RegExp): Promise<string[][]> {
  const pages: string[][] = []
  for (let next: string | undefined = `${server.issuer}${path}`; next !== undefined; ) {
    const { forms, html } = await browser.open(next)
    pages.push(forms.flatMap(({ action }) => form.exec(String(action))?.[1] ?? []))
    const href = new RegExp(`href="(${path}\\?[^"]+)"`).exec(html)?.[1]
    next = href && `${server.issuer}${href.replaceAll('&amp;', '&')}`
  }
  return pages
}

it('EX06: the pages of sessions and connections show some, and lead to all the others', async () => {
  const sizes = { sessions: 2 * pageSize + 5, connections: 300, apps: pageSize + 10 }
  const { clientIds } = await fillAccount(server, sub, sizes)
  await signIn()
  const apps = await pagesOf('/account/connections', /connections\/([^/]+)\/disconnect$/)
  expect(apps.map(({ length }) => length)).toEqual([pageSize, 10])
  expect(apps.flat().sort()).toEqual([...clientIds].sort())
  const shown = await pagesOf('/account/sessions', /sessions\/([^/]+)\/end$/)
  expect(Math.max(...shown.map(({ length }) => length))).toBeLessThanOrEqual(pageSize)
  // All but their own, which has no button.
  expect(new Set(shown.flat()).size).toBe(sizes.sessions)
  const { text } = await browser.open(`${server.issuer}/account`)
  expect(text).toContain(`More than ${pageSize} places`)
  expect(text).toContain(`More than ${pageSize} apps`)
})

it('EX06: the export comes in pieces and has everything', async () => {
  await fillAccount(server, sub, { sessions: 300, connections: 600, apps: 300 })
  const pieces: string[] = []
  for await (const piece of exportOf(server.deps, person.user)) pieces.push(piece)
  const data = JSON.parse(pieces.join('')) as Record<string, unknown[]>
  expect(Object.fromEntries(Object.entries(data).map(([name, list]) => [name, list.length]))).toMatchObject({
    sessions: 300,
    consents: 300,
    connections: 600,
  })
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2000)
})

it('EX06: sign-out by id_token_hint finds its session among any number', async () => {
  const { sids } = await fillAccount(server, sub, { sessions: mostSessions + 100, connections: 0, apps: 0 })
  const last = sids.at(-1) ?? ''
  expect(await endSessionBySid(server.deps, sub, last)).toBe(true)
  expect((await sessions()).map(({ sid }) => sid)).not.toContain(last)
  expect(await endSessionBySid(server.deps, sub, last)).toBe(false)
})

it('EX06: a session beyond 1,000 ends the one unused longest, and its apps are told', async () => {
  const { sids, clientIds } = await fillAccount(server, sub, {
    sessions: mostSessions,
    connections: 1,
    apps: 1,
  })
  const [oldest] = sids
  expect(await server.deps.store.logoutCalls.waiting(server.clock.now)).toEqual([])
  await signIn()
  const left = await sessions()
  expect(left).toHaveLength(mostSessions)
  expect(left.map(({ sid }) => sid)).not.toContain(oldest)
  expect(await server.deps.store.grants.list({ sub, now: server.clock.now, limit: 9 })).toEqual([])
  expect(
    (await server.deps.store.logoutCalls.waiting(server.clock.now)).map(({ clientId }) => clientId),
  ).toEqual(clientIds)
  expect((await browser.open(`${server.issuer}/account`)).status).toBe(200)
})

it('EX06: an older database with more sessions comes down to the limit with the sign-ins', async () => {
  await fillAccount(server, sub, { sessions: mostSessions + 30, connections: 0, apps: 0 })
  await signIn()
  expect(await sessions()).toHaveLength(mostSessions + 11)
  await signIn(createBrowser(server))
  expect(await sessions()).toHaveLength(mostSessions)
})
