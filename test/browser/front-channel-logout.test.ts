// Holds the sign-out that tells apps in frames to what a real browser does: cookies, apps that hang, lead away or ask.
import type { Page as Tab } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { authorizeUrl, type Changes, redeem, type Tokens } from '../support/flow.js'
import { type ListeningServer, listen, startServer } from '../support/listening.js'
import type { Person } from '../support/server.js'
import { launchBrowser } from './support.js'

const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

let apps = 0

const html = (text: string, headers: Record<string, string> = {}) =>
  new Response(`<!doctype html><html lang="en"><title>App</title>${text}`, {
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
  })

/** An app that signs its person in with a cookie of its own, by its name, for ports share theirs; `out` answers what its page for sign-outs is. */
const startApp = async (server: ListeningServer, out: (cookie: string) => Response | Promise<Response>) => {
  const cookie = `app${++apps}`
  const told: { params: URLSearchParams; cookie: string | null }[] = []
  const { port, close } = await listen((request) => {
    const url = new URL(request.url)
    if (url.pathname === '/cb')
      return html('<h1>Back at the app</h1>', { 'set-cookie': `${cookie}=1; Path=/` })
    if (url.pathname !== '/out') return html('<h1>Goodbye</h1>')
    told.push({ params: url.searchParams, cookie: request.headers.get('cookie') })
    return out(cookie)
  })
  ending.push(close)
  const origin = `http://127.0.0.1:${port}`
  const registered = await server.addClient('web', {
    redirect_uris: [`${origin}/cb`],
    post_logout_redirect_uris: [`${origin}/bye`],
    frontchannel_logout_uri: `${origin}/out`,
    skip_consent: true,
  })
  return { origin, registered, told, cookie }
}
type App = Awaited<ReturnType<typeof startApp>>

const begin = async (javaScriptEnabled = true) => {
  const server = await startServer()
  ending.push(server.close)
  const person = await server.addUser({ username: 'ada' })
  const { browser, close } = await launchBrowser({ javaScriptEnabled })
  ending.push(close)
  return { server, person, browser, tab: await browser.newPage() }
}

const visit = async (
  tab: Tab,
  server: ListeningServer,
  app: App,
  { user, password }: Person,
  more: Changes = {},
): Promise<Tokens> => {
  const asked = authorizeUrl(server, app.registered, more)
  await tab.goto(asked.url)
  if (tab.url().startsWith(server.issuer)) {
    await tab.getByLabel('Username or email').fill(user.username)
    await tab.getByLabel('Password').fill(password)
    await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  await tab.waitForURL(`${app.origin}/cb?**`)
  const code = new URL(tab.url()).searchParams.get('code') ?? ''
  return redeem(server, app.registered, { ...asked, code })
}

const leave = (server: ListeningServer, app: App, { id_token = '' }: Tokens) =>
  `${server.issuer}/end-session?${new URLSearchParams({
    id_token_hint: id_token,
    post_logout_redirect_uri: `${app.origin}/bye`,
    state: 's',
  })}`

const good = (cookie: string) => html('', { 'set-cookie': `${cookie}=; Path=/; Max-Age=0` })

describe.each([true, false])('with scripts: %s', (scripts) => {
  it('every app is told with its own cookies, and the person comes back to the one that asked', async () => {
    const { server, person, tab } = await begin(scripts)
    const [one, two] = [await startApp(server, good), await startApp(server, good)]
    const tokens = await visit(tab, server, one, person)
    await visit(tab, server, two, person)
    await tab.goto(leave(server, one, tokens))
    await tab.waitForURL(`${one.origin}/bye?state=s`)
    for (const { told, cookie } of [one, two]) {
      expect(told).toHaveLength(1)
      expect(told[0]?.cookie).toContain(`${cookie}=1`)
      expect([...(told[0]?.params.keys() ?? [])]).toEqual(['iss', 'sid'])
    }
    expect((await tab.context().cookies()).map(({ name }) => name)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^app/)]),
    )
  })
})

describe('an app that', () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ['never answers', () => new Promise<Response>(() => {})],
    [
      'never ends its page',
      () => new Response(new ReadableStream({}), { headers: { 'content-type': 'text/html' } }),
    ],
    ['leads the whole page away', () => html('<script>top.location = "https://evil.test/"</script>')],
    [
      'leads it away by a link',
      () => html('<a href="/evil" target="_top">x</a><script>document.links[0].click()</script>'),
    ],
    ['asks questions', () => html('<script>alert(1); confirm(2); prompt(3); open("/evil")</script>')],
    ['loads itself again and again', () => html('<script>setTimeout(() => location.reload(), 50)</script>')],
    ['answers with a fault', () => new Response('no', { status: 500 })],
    ['may not be framed', () => html('', { 'x-frame-options': 'DENY' })],
    ['leads its frame elsewhere', () => Response.redirect('https://evil.test/', 302)],
  ])('%s stops neither the other app nor the way back', async (_name, out) => {
    const { server, person, browser, tab } = await begin()
    const [one, two] = [await startApp(server, good), await startApp(server, good)]
    const bad = await startApp(server, out)
    const asked: string[] = []
    tab.on('dialog', (dialog) => {
      asked.push(dialog.message())
      return dialog.dismiss()
    })
    const tokens = await visit(tab, server, one, person)
    await visit(tab, server, bad, person)
    await visit(tab, server, two, person)
    await tab.goto(leave(server, one, tokens), { waitUntil: 'commit' })
    await tab.waitForURL(`${one.origin}/bye?state=s`)
    expect([bad.told.length > 0, two.told.length, one.told.length]).toEqual([true, 1, 1])
    expect(asked).toEqual([])
    expect(browser.pages().filter((page) => page.url() !== 'about:blank')).toHaveLength(1)
  })
})

it('without scripts an app that never answers leaves the link to go on by', async () => {
  const { server, person, tab } = await begin(false)
  const one = await startApp(server, good)
  const bad = await startApp(server, () => new Promise<Response>(() => {}))
  const tokens = await visit(tab, server, one, person)
  await visit(tab, server, bad, person)
  await tab.goto(leave(server, one, tokens), { waitUntil: 'commit' })
  await tab.getByRole('link', { name: 'Continue' }).click()
  await tab.waitForURL(`${one.origin}/bye?state=s`)
  expect(one.told).toHaveLength(1)
})
