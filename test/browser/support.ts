// Owns the browser of the tests: one headless Chromium with a profile of its own, and a tiny page server.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page as Tab } from 'playwright-core'
import { passkeyScript } from '../../src/pages/passkey-script.js'
import type { Page } from '../../src/pages/props.js'
import { styleSheet } from '../../src/pages/style.js'

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * A browser with a fresh profile, gone with `close`. `args` adds flags such as `--host-resolver-rules`.
 * The executable is `CHROMIUM_PATH`, else Debian's.
 */
export const launchBrowser = async (options: BrowserContextOptions & { args?: string[] } = {}) => {
  const { args = [], ...context } = options
  const profile = await mkdtemp(join(tmpdir(), 'grantor-browser-'))
  const browser: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [...flags, ...args],
    ...context,
  })
  const close = async () => {
    await browser.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  return { browser, close }
}

/** An authenticator that says yes at once, in that tab. */
export const withAuthenticator = async (tab: Tab) => {
  const cdp = await tab.context().newCDPSession(tab)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const remove = () => cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
  return { cdp, authenticatorId, remove }
}

/** Serves pages by path, each under its own policy, with their style sheet and script. */
export const servePages = async (pages: Map<string, Page>) => {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const page = pages.get(path)
    if (page) {
      response.setHeader('content-security-policy', page.csp)
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(page.html)
    } else if (path === passkeyScript.path) {
      response.setHeader('content-type', 'text/javascript')
      response.end(passkeyScript.body)
    } else if (path === styleSheet.path) {
      response.setHeader('content-type', 'text/css')
      response.end(styleSheet.body)
    } else {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return { origin, close }
}
