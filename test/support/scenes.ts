// Owns true requests: for every endpoint one that it would grant, to be bent, broken or repeated by hostile tests.
import { links } from '../../src/mail/link.js'
import type { ActionToken } from '../../src/store/store.js'
import { createAccountScenes } from './account-scenes.js'
import { finite } from './answer.js'
import { type Browser, createBrowser } from './browser.js'
import { ask, enter } from './device.js'
import type { Endpoint } from './endpoints.js'
import { authorizeUrl, getCode, redeem } from './flow.js'
import type { Person, Registered, TestServer } from './server.js'
import { cookieHeader, createDoor } from './sign-in.js'

/** A form of one of our pages, as this browser would send it. */
export type FilledForm = { browser: Browser; action: string; fields: Record<string, string> }

export type Scene = {
  /** Without its query. */
  path: string
  query: Record<string, string>
  /** The body, as a form; as JSON, each value one too if it can be, where that is the content type. */
  fields: Record<string, string>
  headers: Record<string, string>
}

export type Scenes = ReturnType<typeof createScenes>

export function createScenes(server: TestServer, { app, person }: { app: Registered; person: Person }) {
  const door = createDoor(server, app)
  const ofAccounts = createAccountScenes(server, app)

  /** A new browser in which the person is signed in and the app has their consent. */
  async function signedIn(who = person): Promise<Browser> {
    const browser = createBrowser(server)
    await getCode(server, browser, app, { person: who })
    return browser
  }

  /** An API behind the host of the server. */
  const apiHere = `${server.config.issuerOrigin}/mcp`

  let shared: Browser | undefined
  /** The same in a tab of one browser, for what does not end the session. */
  async function atHome(): Promise<Browser> {
    const { pathname } =
      (await shared?.newTab().open(`${server.issuer}/account`))?.url ?? new URL(server.issuer)
    if (!shared || !pathname.endsWith('/account')) shared = await signedIn()
    return shared.newTab()
  }

  function formOf(browser: Browser, action: RegExp, more: Record<string, string> = {}): FilledForm {
    const form = browser.view.forms.find((one) => action.test(new URL(one.action).pathname))
    if (!form) throw new Error(`no form to ${action} on ${browser.view.heading}`)
    return { browser, action: form.action, fields: { ...form.fields, ...more } }
  }

  async function asked(prompt: string): Promise<Browser> {
    const browser = await atHome()
    await browser.open(authorizeUrl(server, app, { prompt }).url)
    return browser
  }

  let television: Registered | undefined
  /** What a device asks for, anew. */
  async function deviceAsked() {
    television ??= await server.addClient('device')
    return ask(server, television)
  }

  /** Before the question whether a device may come in. */
  async function atDevice(): Promise<Browser> {
    const browser = await atHome()
    await enter(browser, await deviceAsked())
    return browser
  }

  async function at(path: string): Promise<Browser> {
    const browser = await signedIn()
    await browser.open(path)
    return browser
  }

  /** Every form of our pages, with its true token. */
  const forms: Record<string, () => Promise<FilledForm>> = {
    login: async () => {
      const { username } = person.user
      return formOf(await door.atLogin(), /\/login\/\w+$/, { username, password: person.password })
    },
    consent: async () => formOf(await asked('consent'), /\/consent\/\w+$/, { decision: 'allow' }),
    'not you': async () => formOf(await asked('consent'), /\/select-account\/\w+$/, { account: 'other' }),
    'user code': async () => {
      const { user_code } = await deviceAsked()
      const browser = await atHome()
      await browser.open('/device')
      return formOf(browser, /\/device$/, { user_code })
    },
    device: async () => formOf(await atDevice(), /\/device\/\w+$/, { decision: 'allow' }),
    account: async () => formOf(await asked('select_account'), /\/select-account\/\w+$/),
    restart: async () => {
      const browser = await door.atLogin()
      server.clock.advance(601)
      await browser.reload()
      return formOf(browser, /\/restart$/)
    },
    'sign-out by an app': async () => formOf(await at('/end-session'), /\/confirm$/, { decision: 'allow' }),
    disconnect: async () => formOf(await at('/account/connections'), /\/disconnect$/),
    'sign-out': async () => formOf(await at('/account'), /\/sign-out$/),
    ...ofAccounts.forms,
  }

  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const basic = {
    ...form,
    Authorization: `Basic ${Buffer.from(`${app.client.id}:${app.secret}`).toString('base64')}`,
  }

  async function programScene(route: string): Promise<Omit<Scene, 'path'> | undefined> {
    if (route === '/device_authorization') {
      await deviceAsked()
      return { query: {}, fields: { client_id: television?.client.id ?? '' }, headers: form }
    }
    const got = await getCode(server, await atHome(), app)
    if (route === '/token') {
      const { code, redirectUri: redirect_uri, verifier: code_verifier } = got
      const fields = { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
      return { query: {}, fields, headers: basic }
    }
    if (route === '/par') {
      const fields = Object.fromEntries(new URL(authorizeUrl(server, app).url).searchParams)
      return { query: {}, fields, headers: basic }
    }
    const { access_token: token } = await redeem(server, app, got)
    if (route === '/userinfo') {
      return { query: {}, fields: {}, headers: { Authorization: `Bearer ${token}` } }
    }
    return { query: {}, fields: { token }, headers: basic }
  }

  /** An app that registers itself, or one that has and looks after it. */
  async function registration({ route, at }: Endpoint, method: string): Promise<Scene> {
    const fields = { client_name: 'Orchard Tools', redirect_uris: '["http://localhost/callback"]' }
    const headers = { 'Content-Type': 'application/json' }
    const scene = { path: '/register', query: {}, fields, headers }
    if (route === '/register') return scene
    const made = (await (await play(server, scene, 'POST')).json()) as Record<string, string>
    const { client_id = '', registration_access_token } = made
    return {
      ...scene,
      path: at(() => client_id),
      fields: method === 'PUT' ? { ...fields, client_id } : {},
      headers: { ...headers, Authorization: `Bearer ${registration_access_token}` },
    }
  }

  /** The formless requests of people: what an app, a link or a bookmark asks for. */
  async function visit(endpoint: Endpoint, method: string): Promise<Scene> {
    if (endpoint.route.startsWith('/register')) return registration(endpoint, method)
    const browser = endpoint.route === '/end-session' ? await signedIn() : await atHome()
    const { searchParams } = new URL(authorizeUrl(server, app).url)
    const queries: Record<string, Record<string, string>> = {
      '/authorize': Object.fromEntries(searchParams),
      '/resource-metadata': { resource: apiHere },
    }
    const query = queries[endpoint.route] ?? {}
    if (
      /protected-resource|resource-metadata/.test(endpoint.route) &&
      !(await server.deps.store.resources.find(apiHere))
    )
      await server.addResource(apiHere, ['here:read'])
    if (endpoint.route.startsWith('/device/')) await enter(browser, await deviceAsked())
    else await browser.open(authorizeUrl(server, app, { prompt: 'login' }).url)
    const interaction = browser.view.url.pathname.split('/').at(-1) ?? ''
    const known: Record<string, string> = { interaction, client: app.client.id, list: '1', path: 'mcp' }
    const mailed = Object.entries(links).find(([, { path }]) => endpoint.route.startsWith(`${path}/`))
    if (mailed)
      known.handle =
        (await ofAccounts.linkTo(mailed[0] as ActionToken['purpose'], person)).split('/').at(-1) ?? ''
    if (endpoint.route.startsWith('/stop-factor-removal/'))
      known.handle = (await ofAccounts.stopLink()).split('/').at(-1) ?? ''
    return {
      path: endpoint.at((name) => known[name] ?? 'x'),
      query: method === 'POST' ? {} : query,
      fields: method === 'POST' ? query : {},
      headers: {
        Cookie: cookieHeader(browser),
        ...(method === 'POST' && form),
        ...(endpoint.route.endsWith('/events') && { Authorization: basic.Authorization }),
      },
    }
  }

  const targets: { path: string; prepare: () => Promise<FilledForm> }[] = []
  /** The form that leads to an endpoint; where each leads is looked at once. */
  async function formTo({ matches }: Endpoint) {
    if (targets.length === 0) {
      for (const prepare of Object.values(forms))
        targets.push({ path: new URL((await prepare()).action).pathname, prepare })
    }
    return targets.find(({ path }) => matches(path))?.prepare()
  }

  /** A true request for an endpoint by one of its methods; each time a new one. */
  async function of(endpoint: Endpoint, method: string): Promise<Scene> {
    const filled = method === 'POST' && endpoint.forPeople ? await formTo(endpoint) : undefined
    if (filled) {
      const { browser, action, fields } = filled
      const { pathname, searchParams } = new URL(action)
      const headers = { ...form, Cookie: cookieHeader(browser), Origin: server.config.issuerOrigin }
      return { path: pathname, query: Object.fromEntries(searchParams), fields, headers }
    }
    const programs = ['/token', '/par', '/userinfo', '/revoke', '/introspect', '/device_authorization']
    const scene = programs.includes(endpoint.route) ? await programScene(endpoint.route) : undefined
    return scene ? { path: endpoint.route, ...scene } : visit(endpoint, method)
  }

  return { door, signedIn, forms, of }
}

/** A body that was encoded as a form, in the encoding of the scene. */
export function bodyOf({ headers }: Scene, encoded: string): string {
  if (headers['Content-Type'] !== 'application/json') return encoded
  const members = [...new URLSearchParams(encoded)].map(([name, text]) => [name, jsonOf(text)] as const)
  return JSON.stringify(Object.fromEntries(members))
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Sends a scene as it is, but for these headers. Of an answer that never ends comes what is there at once. */
export async function play(
  server: TestServer,
  scene: Scene,
  method: string,
  more: Record<string, string> = {},
): Promise<Response> {
  const query = new URLSearchParams(scene.query).toString()
  const body =
    method === 'GET' || method === 'HEAD'
      ? {}
      : { body: bodyOf(scene, new URLSearchParams(scene.fields).toString()) }
  const target = `${server.config.issuerOrigin}${scene.path}${query && `?${query}`}`
  const init = { method, headers: { ...scene.headers, ...more }, redirect: 'manual', ...body }
  return finite(await server.fetch(target, init))
}
