// Holds every page in every state to what only a browser can tell: axe, reflow, sizes, focus, requests.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { AxeResults } from 'axe-core'
import type { BrowserContext, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formPostPage } from '../../src/pages/form-post.js'
import { palette } from '../../src/pages/style.js'
import { states as english, statesIn } from '../pages/states.js'
import { launchBrowser, servePages } from './support.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const axeOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
}

/** Its words are longer, which shows wherever room is short; names by others are the same. */
const german = Object.entries(statesIn(['de']))
  .filter(([name]) => !name.includes(', name '))
  .map(([name, page]) => [`${name}, in German`, page] as const)
const states = { ...english, ...Object.fromEntries(german) }

// Those would leave, or call apps, before they could be looked at; what they do has its own tests.
const names = Object.keys(states).filter((name) => !/^(form post|on to an app|signed out)/.test(name))
const paths = new Map(Object.keys(states).map((name, index) => [name, `/${index}`]))

let browser: BrowserContext
let tab: Tab
let origin: string
const closing: (() => Promise<void>)[] = []
let complaints: string[] = []

beforeAll(async () => {
  const server = await servePages(new Map([...paths].map(([name, path]) => [path, states[name] as never])))
  const launched = await launchBrowser()
  closing.push(launched.close, server.close)
  origin = server.origin
  browser = launched.browser
  tab = await browser.newPage()
  tab.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  tab.on('pageerror', (error) => complaints.push(String(error)))
  tab.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
      complaints.push(request.url())
  })
})

afterAll(async () => {
  for (const close of closing) await close()
})

const open = async (name: string, width: number, colorScheme: 'light' | 'dark' = 'light', height = 800) => {
  complaints = []
  await tab.setViewportSize({ width, height })
  // Without motion a change of scheme is complete at once.
  await tab.emulateMedia({ colorScheme, media: null, reducedMotion: 'reduce' })
  await tab.goto(origin + paths.get(name))
  await tab.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true
  })
}

const violations = async () => {
  if (!(await tab.evaluate(() => 'axe' in window))) await tab.evaluate(axe)
  const result = await tab.evaluate<AxeResults, typeof axeOptions>(
    (options) => (window as unknown as { axe: { run(o: unknown): Promise<AxeResults> } }).axe.run(options),
    axeOptions,
  )
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

const overflow = () =>
  tab.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    const outside = [...document.querySelectorAll('body *:not(.skip)')].filter((one) => {
      const { left, right } = one.getBoundingClientRect()
      return left < 0 || right > clientWidth + 0.5
    })
    return [...(scrollWidth > clientWidth ? [`${scrollWidth}`] : []), ...outside.map((one) => one.outerHTML)]
  })

const small = () =>
  tab.evaluate(() =>
    [
      ...document.querySelectorAll(
        'button, .button, summary, select, input:not([type=hidden], [type=radio], [type=checkbox], [hidden])',
      ),
    ]
      .filter((one) => one.getBoundingClientRect().height < 44)
      .map((one) => one.outerHTML),
  )

const plain = names.filter((name) => !/, name |, in German$/.test(name))
const translated = names.filter((name) => name.endsWith(', in German'))
const named = names.filter((name) => name.includes(', name '))

describe.each([320, 1280])('at %i px', (width) => {
  // Names by others change the layout, not the colours or the structure: two of them are enough for axe.
  const judged = [
    ...plain,
    ...translated,
    ...named.filter((name) => width === 320 && /name (rtl|script)$/.test(name)),
  ]
  it.each(judged)('%s: no violation in light and dark, no scrolling sideways, no complaint', async (name) => {
    await open(name, width, 'light')
    expect(await violations()).toEqual([])
    await tab.emulateMedia({ colorScheme: 'dark' })
    expect(await violations()).toEqual([])
    expect(await overflow()).toEqual([])
    expect(await small()).toEqual([])
    expect(complaints).toEqual([])
  })

  it.each(named)('%s: nothing sticks out', async (name) => {
    await open(name, width)
    expect(await overflow()).toEqual([])
  })

  it.each(plain.filter((name) => /^(consent|logout)/.test(name)))(
    '%s: both answers are as large',
    async (name) => {
      await open(name, width)
      const [deny, allow] = await Promise.all(
        ['deny', 'allow'].map((value) => tab.locator(`button[value=${value}]`).boundingBox()),
      )
      expect(deny && { width: deny.width, height: deny.height, y: deny.y }).toEqual(
        allow && { width: allow.width, height: allow.height, y: allow.y },
      )
      expect(deny?.x).toBeLessThan(allow?.x ?? 0)
    },
  )
})

it.each(plain)('%s: text twice as large still fits', async (name) => {
  await open(name, 1280)
  await tab.evaluate(() => {
    document.documentElement.style.fontSize = '200%'
  })
  expect(await overflow()).toEqual([])
})

describe('sign-in', () => {
  it('has its button above the fold of a small phone', async () => {
    await open('login, for an app', 360, 'light', 640)
    const box = await tab.locator('.primary').boundingBox()
    expect((box?.y ?? 640) + (box?.height ?? 0)).toBeLessThanOrEqual(640)
  })

  it('costs at most 4 requests and 30 KB', async () => {
    const sizes: number[] = []
    const fresh = await browser.newPage()
    fresh.on('response', async (response) => sizes.push((await response.body()).length))
    await fresh.goto(origin + paths.get('login, for an app'), { waitUntil: 'networkidle' })
    await fresh.close()
    expect(sizes.length).toBeGreaterThan(1)
    expect(sizes.length).toBeLessThanOrEqual(4)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30_000)
  })

  it('puts the focus on what went wrong', async () => {
    await open('login, wrong', 1280)
    expect(await tab.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert')
    await tab.keyboard.press('Tab')
    await tab.keyboard.press('Enter')
    expect(await tab.evaluate(() => document.activeElement?.id)).toBe('username')
  })
})

it('is walked by keyboard in the order of reading, deny before allow, the focus always visible', async () => {
  await open('consent', 1280)
  const walked: string[] = []
  for (const _ of [1, 2, 3, 4]) {
    await tab.keyboard.press('Tab')
    const stop = await tab.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body)
      return `${document.activeElement?.textContent} ${outlineStyle} ${outlineWidth}`
    })
    walked.push(stop)
  }
  expect(walked).toEqual(['Not you?', 'Deny', 'Allow', 'About this app'].map((label) => `${label} solid 3px`))
})

it('offers a way past the header of account pages', async () => {
  await open('connections', 320)
  await tab.keyboard.press('Tab')
  const box = await tab.locator('.skip').boundingBox()
  expect(box?.x).toBeGreaterThanOrEqual(0)
  await tab.keyboard.press('Enter')
  expect(new URL(tab.url()).hash).toBe('#main')
})

it('moves only for people who have not asked for stillness', async () => {
  await open('login, for an app', 1280)
  const duration = () =>
    tab.locator('.primary').evaluate((button) => getComputedStyle(button).transitionDuration)
  expect(await duration()).toBe('0s')
  await tab.emulateMedia({ reducedMotion: 'no-preference' })
  expect(await duration()).toBe('0.15s')
})

it('prints dark on light in any scheme', async () => {
  await open('connections', 1280, 'dark')
  await tab.emulateMedia({ media: 'print', colorScheme: 'dark' })
  const colour = await tab.evaluate(() => getComputedStyle(document.body).getPropertyValue('--ink'))
  expect(colour.trim()).toBe(palette.light.ink)
})

describe('the form_post page', () => {
  const fields = { code: 'c0de', state: `"'><b>&amp; \u00fc`, iss: 'https://issuer.test' }

  it.each([true, false])('carries the answer to the app, scripts on: %s', async (javaScriptEnabled) => {
    let received: (body: string) => void = () => {}
    const body = new Promise<string>((resolve) => {
      received = resolve
    })
    const app = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      if (request.method === 'POST') received(text)
      response.end('received')
    })
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    const action = `http://127.0.0.1:${(app.address() as AddressInfo).port}/cb`
    const page = formPostPage({ product: 'Grantor', base: '', locales: [], action, fields })
    const server = await servePages(new Map([['/', page]]))
    const launched = await launchBrowser({ javaScriptEnabled })
    const fresh = await launched.browser.newPage()
    try {
      const arrived = fresh.waitForURL(action)
      await fresh.goto(`${server.origin}/`, { waitUntil: 'commit' })
      if (!javaScriptEnabled) await fresh.getByRole('button', { name: 'Continue' }).click()
      await arrived
      expect(Object.fromEntries(new URLSearchParams(await body))).toEqual(fields)
    } finally {
      await launched.close()
      await server.close()
      app.closeAllConnections()
      await new Promise((resolve) => app.close(resolve))
    }
  })
})
