// Holds every state of every page to the rules that all pages share (experience.md 3.0).
import { describe, expect, it } from 'vitest'
import { passkeyScript } from '../../src/pages/passkey-script.js'
import { styleSheet } from '../../src/pages/style.js'
import { element, elements } from './markup.js'
import { states } from './states.js'

/** Each from its start tag to its end. */
const formsOf = (html: string) => html.match(/<form[\s\S]*?<\/form>/g) ?? []

describe.each(Object.entries(states))('%s', (name, { html }) => {
  const all = elements(html, '*')
  const ids = all.flatMap(({ attributes }) => attributes.get('id') ?? [])

  it('has one h1 with which the title begins, and one primary button', () => {
    expect(elements(html, 'h1')).toHaveLength(1)
    const title = element(html, 'title').text
    expect(title.replace(/^Error: /, '')).toBe(`${element(html, 'h1').text} \u00b7 Grantor`)
    expect(title.startsWith('Error: ')).toBe(
      /^(error|expired)|wrong|missing|disabled|busy|throttled|refused/.test(name),
    )
    const primary = all.filter(({ attributes }) => attributes.get('class')?.split(' ').includes('primary'))
    expect(primary).toHaveLength(1)
  })

  it('refers only to ids that are there, each once', () => {
    expect(new Set(ids).size).toBe(ids.length)
    for (const { attributes } of all) {
      const lists = ['for', 'aria-describedby', 'aria-controls', 'aria-labelledby', 'data-copy']
      const references = lists.flatMap((key) => attributes.get(key)?.replace(/^#/, '').split(' ') ?? [])
      const href = attributes.get('href')
      if (href?.startsWith('#')) references.push(href.slice(1))
      for (const id of references) expect(ids).toContain(id)
    }
  })

  it('names its language and loads nothing but the style sheet and our script', () => {
    expect(element(html, 'html').attributes.get('lang')).toBe('en')
    const loaded = elements(html, 'link').map(({ attributes }) => attributes.get('href'))
    expect(loaded).toEqual([expect.stringMatching(/^data:image\/svg\+xml,/), styleSheet.path])
    const sources = all.flatMap(({ tag, attributes }) =>
      tag === 'iframe' ? [] : (attributes.get('src') ?? []),
    )
    expect([[], [passkeyScript.path]]).toContainEqual(sources)
  })

  it('has no inline script, but the one that posts a form or goes on; no inline handler, no inline style', () => {
    const inline = elements(html, 'script').filter(({ attributes }) => !attributes.has('src'))
    expect(inline).toHaveLength(/^form post|on the way back/.test(name) ? 1 : 0)
    for (const { attributes } of all) {
      for (const key of attributes.keys()) expect(key).not.toMatch(/^(on|style$)/)
    }
  })

  it('has no frames but hidden ones of apps that are told, which can do no more than that', () => {
    const frames = elements(html, 'iframe')
    expect(frames).toHaveLength(name.startsWith('signed out') ? 2 : 0)
    for (const { attributes } of frames) {
      expect(attributes.has('hidden')).toBe(true)
      expect(attributes.get('sandbox')).toBe('allow-scripts allow-same-origin')
    }
  })

  it('posts every form with a CSRF token, but those that only begin again or go to an app', () => {
    const carried = name.startsWith('form post') || name.startsWith('expired')
    const forms = formsOf(html)
    const withToken = forms.map((form) =>
      elements(form, 'input').some(({ attributes }) => attributes.get('name') === 'csrf'),
    )
    expect(withToken).toEqual(forms.map(() => !carried))
    expect(forms.filter((form) => !form.startsWith('<form method="post"'))).toEqual([])
  })
})

it('the pages have forms, and so something to hold', () => {
  const withForm = Object.values(states).filter(({ html }) => formsOf(html).length > 0)
  expect(withForm.length).toBeGreaterThan(Object.keys(states).length / 2)
})
