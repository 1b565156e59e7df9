// Owns the keyboard of browser tests: reaching things by Tab alone, and whether a page can be walked at all.
import type { Page as Tab } from 'playwright-core'
import { expect } from 'vitest'
import { type ListeningServer, startServer } from '../support/listening.js'
import { launchBrowser } from './support.js'

const ending: (() => Promise<void>)[] = []

/** For after each test. */
export async function closeAll(): Promise<void> {
  for (const end of ending.splice(0).reverse()) await end()
}

/** A tab in a browser of its own. */
export async function openTab(javaScriptEnabled = true): Promise<Tab> {
  // Without motion a change of outline is complete at once.
  const { browser, close } = await launchBrowser({ javaScriptEnabled, reducedMotion: 'reduce' })
  ending.push(close)
  return browser.newPage()
}

/** The server, by name: WebAuthn knows no addresses. */
export async function openServer(): Promise<ListeningServer> {
  const server = await startServer({ host: 'localhost' })
  ending.push(server.close)
  return server
}

/** What Tab should stop at, in the order of the document; marked, so that a stop can be told. */
const mark = (tab: Tab) =>
  tab.evaluate(() => {
    const look = (one: Element) => {
      const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one)
      return `${outlineStyle} ${outlineWidth} ${outlineColor} ${boxShadow}`
    }
    const known = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable], iframe'
    const groups = new Set<string>()
    const stops = [...document.querySelectorAll<HTMLInputElement>(known)].filter((one) => {
      if (one.tabIndex < 0 || one.disabled || !one.checkVisibility()) return false
      if (one.type !== 'radio') return true
      // A group of radio buttons is one stop: the one that is chosen, else the first.
      const chosen = one.form?.querySelector(`[type=radio][name="${one.name}"]:checked`)
      if (groups.has(one.name) || (chosen && chosen !== one)) return false
      groups.add(one.name)
      return true
    })
    return stops.map((one, index) => {
      one.dataset.stop = String(index)
      // What has the focus now shows how it looks without when the next one has it.
      one.dataset.rest = one === document.activeElement ? '' : look(one)
      return one.outerHTML.slice(0, 120)
    })
  })

type Stop = { index: number; unseen: string | undefined }

/** Where the focus is: the stop's number, -1 for none, and why nobody would see it there. */
const here = (tab: Tab): Promise<Stop> =>
  tab.evaluate(() => {
    const one = document.activeElement
    if (!(one instanceof HTMLElement) || one.dataset.stop === undefined)
      return { index: -1, unseen: undefined }
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one)
    const look = `${outlineStyle} ${outlineWidth} ${outlineColor} ${boxShadow}`
    const { top, bottom, left, right, width } = one.getBoundingClientRect()
    const { innerHeight, innerWidth } = window
    const inside = width > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth
    const plain = look === one.dataset.rest || outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2
    const unseen = plain ? `looks as before: ${look}` : inside ? undefined : `is at ${left}, ${top}`
    return { index: Number(one.dataset.stop), unseen }
  })

/**
 * Walks the page with Tab and back with Shift+Tab. Answers what is wrong: a stop left out or out of order, a focus
 * that nobody sees, a page that does not let go, no way past the navigation.
 */
export async function faultsOf(tab: Tab): Promise<string[]> {
  const expected = await mark(tab)
  const faults: string[] = []
  for (const key of ['Tab', 'Shift+Tab']) {
    const walked: number[] = []
    // Once around and on to the first stop again, with the end of the page passed at most twice.
    for (let presses = 0; presses < expected.length + 3; presses++) {
      await tab.keyboard.press(key)
      const { index, unseen } = await here(tab)
      if (unseen) faults.push(`${key}: ${expected[index]} ${unseen}`)
      if (index >= 0) walked.push(index)
    }
    const order = [...expected.keys()]
    if (key !== 'Tab') order.reverse()
    const begins = order.indexOf(walked[0] ?? -1)
    const whole = walked.length > order.length
    if (!whole || walked.some((stop, step) => stop !== order[(begins + step) % order.length])) {
      faults.push(`${key} goes ${walked.map((index) => expected[index]).join(' > ')}`)
    }
  }
  const skips = await tab.evaluate(() => {
    const first = document.querySelector('[data-stop="0"]')
    return document.querySelector('nav') === null || first?.matches('a.skip[href="#main"]') === true
  })
  if (!skips) faults.push('there is no way past the navigation')
  return faults
}

/** The button or link of a page that is meant to be pressed. */
export const primary = Symbol('primary')

/** Presses Tab until the focus is on what has this name, or on the primary button. */
export async function reach(
  tab: Tab,
  target: string | RegExp | typeof primary,
  key: 'Tab' | 'Shift+Tab' = 'Tab',
): Promise<void> {
  const seen: string[] = []
  for (let stops = 0; stops < 100; stops++) {
    const found = await tab.evaluate(() => {
      const one = document.activeElement
      const label = one && 'labels' in one ? (one as HTMLInputElement).labels?.[0] : undefined
      const name = one?.getAttribute('aria-label') ?? (label ?? one)?.textContent ?? ''
      return one === document.body ? undefined : { name: name.trim(), primary: one?.matches('.primary') }
    })
    const is = (name: string) => (target instanceof RegExp ? target.test(name) : name === target)
    if (found && (target === primary ? found.primary : is(found.name))) return
    seen.push(found?.name ?? '')
    await tab.keyboard.press(key)
  }
  throw new Error(`${String(target)} is out of reach: ${seen.join(' > ')}`)
}

/** Reaches something and presses a key on it, which leads to another page. */
export async function follow(
  tab: Tab,
  target: Parameters<typeof reach>[1],
  key: 'Enter' | 'Space' = 'Enter',
): Promise<void> {
  await reach(tab, target)
  const arrived = tab.waitForEvent('domcontentloaded')
  await tab.keyboard.press(key)
  await arrived
}

/** Reaches a field and types in it; what it held is gone. */
export async function typeInto(tab: Tab, label: string, text: string): Promise<void> {
  await reach(tab, label)
  await tab.keyboard.press('ControlOrMeta+a')
  await tab.keyboard.type(text)
}

/** That the page is there, can be walked, and lets its primary button be reached, forwards and backwards. */
export async function walk(tab: Tab, heading: string): Promise<void> {
  expect(await tab.getByRole('heading', { level: 1 }).textContent()).toBe(heading)
  expect(await faultsOf(tab), heading).toEqual([])
  if ((await tab.locator('.primary:visible').count()) > 0) await reach(tab, primary, 'Shift+Tab')
}
