// Owns the story: a person lets an app call an API for them, ends that again, and it stays ended.
// `npm run demo` tells it from end to end; `npm run demo -- --serve` leaves everything up to click through.
import { mkdtemp } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApi } from './api.js'
import { createBrowser } from './browser.js'
import { createGrantor, freePort, type Grantor } from './grantor.js'
import { startApp } from './relying-party.js'
import { must, saw, step } from './say.js'

const password = 'note G, Bernoulli'
const stays = process.argv.includes('--serve')

const folder = await mkdtemp(path.join(tmpdir(), 'grantor-demo-'))
const grantor = await createGrantor(folder, await freePort(9000))
const servers: Server[] = []
try {
  const { app, api } = await setUp(grantor, servers)
  if (stays) await serve(app, api)
  else await tell(app, grantor)
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await grantor.remove()
}

async function setUp(grantor: Grantor, servers: Server[]): Promise<{ app: string; api: string }> {
  const appPort = await freePort(3000)
  const app = `http://localhost:${appPort}`
  const apiPort = await freePort(3001)
  const api = `http://localhost:${apiPort}/calendar`

  step('Grantor starts, with a database and keys of its own')
  await grantor.start()
  saw(`issuer ${grantor.issuer}, data in ${folder}`)

  step('An administrator registers an API, an app and a person (grantor resource|client|user create)')
  const scope = ['--scope', 'events:read=See the events in your calendar']
  await grantor.cli(['resource', 'create', '--identifier', api, '--name', 'Calendar API', ...scope])
  const redirects = ['--redirect-uri', `${app}/callback`, '--post-logout-redirect-uri', `${app}/`]
  const client = await grantor.cli(['client', 'create', '--kind', 'web', '--name', 'Demo app', ...redirects])
  const listener = await grantor.cli([
    'client',
    'create',
    '--kind',
    'service',
    '--name',
    'Calendar API',
    '--resource',
    api,
  ])
  const name = ['--username', 'ada', '--name', 'Ada Lovelace', '--email', 'ada@example.org']
  const user = await grantor.cli(['user', 'create', ...name, '--password-stdin'], password)
  saw(`API ${api}, client ${client.client_id}, person ${user.sub}`)

  step('The API and the app start; they know the issuer, and each its own secret there')
  const push = credentials(listener)
  servers.push(await startApi({ issuer: grantor.issuer, audience: api, push, port: apiPort }))
  servers.push(await startApp({ issuer: grantor.issuer, ...credentials(client), origin: app, api }))
  saw(`app ${app}, API ${api}`)
  return { app, api }
}

function credentials(client: Record<string, string>): { clientId: string; clientSecret: string } {
  return { clientId: String(client.client_id), clientSecret: String(client.client_secret) }
}

async function serve(app: string, api: string): Promise<void> {
  console.log(`\nEverything is up. Open ${app} and sign in as ada with the password: ${password}`)
  console.log(`The API is ${api}, the connected apps are at ${grantor.issuer}/account/connections.`)
  console.log('Ctrl-C ends it.')
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

async function tell(app: string, grantor: Grantor): Promise<void> {
  const browser = createBrowser((line) => saw(line))
  const result = () => browser.text(/<p id="result">([\s\S]*?)<\/p>/)

  step('Ada opens the app and is sent to Grantor to sign in')
  await browser.open(`${app}/login`)
  must(browser.url.origin === grantor.issuer && browser.heading === 'Sign in', 'the sign-in page is shown')

  step('She signs in and reads what the app would be allowed')
  await browser.fill({ username: 'ada', password })
  saw(`page: ${browser.heading}`)
  const asked = browser.texts(/<li\b[^>]*>([\s\S]*?)<\/li>/g)
  for (const line of asked) saw(`  - ${line}`)
  must(browser.heading.includes('Allow Demo app'), 'the consent page is shown')
  must(
    asked.some((line) => line.includes('See the events in your calendar')),
    'the scope is told in words',
  )

  step('She allows it; the app exchanges the code (PKCE, state, nonce, iss) and reads her profile')
  await browser.press('allow')
  saw(`app: ${result()}`)
  must(result().startsWith('Signed in as Ada Lovelace'), 'the app knows her')

  step('The app calls the API, which verifies the JWT with the published keys alone')
  await browser.press('Show my events')
  saw(`app: ${result()}`)
  must(result().includes('answers 200') && result().includes('Lunch'), 'the API answers')

  step('The app refreshes its access token')
  await browser.press('Refresh the token')
  saw(`app: ${result()}`)
  must(result().startsWith('A fresh access token'), 'a new access token is given')

  step('A second sign-in asks nothing: she has a session, and her consent is remembered')
  await browser.open(`${app}/login`)
  must(browser.url.href === `${app}/` && result().startsWith('Signed in'), 'she is back at once')

  step('Grantor is killed (kill -9), not stopped; the API goes on verifying without it')
  await grantor.kill()
  await browser.open(`${app}/`)
  await browser.press('Show my events')
  saw(`app: ${result()}`)
  must(result().includes('answers 200'), 'a verifier needs no server')
  await grantor.start()

  step('Ada looks at what is connected to her account, and disconnects the app')
  await browser.open(`${grantor.issuer}/account/connections`)
  saw(`page: ${browser.heading}: ${browser.texts(/<h2>([\s\S]*?)<\/h2>/g).join(', ')}`)
  await browser.press('Disconnect')
  saw(`page: ${browser.text(/<main\b[^>]*>([\s\S]*?)<\/main>/)}`)

  step('The app tries again: refresh and userinfo are refused at once, and the API has heard of it')
  const disconnectedAt = performance.now()
  await refusedEverywhere()
  await untilTheApiRefuses()
  saw(`API: heard within ${Math.ceil(performance.now() - disconnectedAt)} ms; the JWT would live for minutes`)

  step('Grantor is killed and starts again: what was ended stays ended')
  await grantor.kill()
  await grantor.start()
  await refusedEverywhere()
  await untilTheApiRefuses()

  step('Only Ada can connect the app again: she is asked again')
  await browser.open(`${app}/login`)
  must(browser.heading.includes('Allow Demo app'), 'the consent page is shown again')
  await browser.press('deny')
  saw(`app: ${result()}`)
  must(result().includes('access_denied'), 'her no reaches the app')

  step('She signs out, at the app and at Grantor in one go')
  await browser.open(`${app}/`)
  await browser.press('Sign out')
  must(result() === 'Nobody is signed in here.', 'she is back at the app, signed out')
  await browser.open(`${app}/login`)
  must(browser.heading === 'Sign in', 'the next sign-in asks for the password')

  console.log('\nThat is the whole story: everything was as it should be.')

  /** A stream that was cut is taken up again after a moment. */
  async function untilTheApiRefuses(): Promise<void> {
    const deadline = performance.now() + 5000
    do {
      await sleep(100)
      await browser.open(`${app}/`)
      await browser.press('Show my events')
    } while (!result().includes('answers 401') && performance.now() < deadline)
    saw(`app: ${result()}`)
    must(result().includes('answers 401'), 'the API refuses the access token')
  }

  async function refusedEverywhere(): Promise<void> {
    await browser.open(`${app}/`)
    await browser.press('Refresh the token')
    saw(`app: ${result()}`)
    must(result().startsWith('Refused: invalid_grant'), 'the refresh token is refused')
    await browser.press('Show my profile')
    saw(`app: ${result()}`)
    must(result().startsWith('Refused: invalid_token'), 'userinfo refuses the access token')
  }
}
