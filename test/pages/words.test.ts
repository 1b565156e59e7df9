// Holds the words to the pages: none that no page shows, and every page in each language that there is.
import { describe, expect, it } from 'vitest'
import { en } from '../../src/pages/messages/en.js'
import { languages } from '../../src/pages/messages/pick.js'
import { element } from './markup.js'
import { states, statesIn } from './states.js'

/** Texts by their path in the messages. Sentences with a name in them are functions, and left to other tests. */
const texts = (value: unknown, path: string): [string, string][] => {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, path === '' ? key : `${path}.${key}`))
}

const escaped = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/'/g, '&#39;').replace(/</g, '&lt;')

describe('every word', () => {
  const shown = Object.values(states)
    .map(({ html }) => html)
    .join('\n')
  // Mails have words of their own; these details stand on pages that the endpoints put together.
  const elsewhere = /^(mail\.|details\.(description|openedAt|issuer|forwarded|clientId)$)/

  it.each(texts(en, '').filter(([path]) => !elsewhere.test(path)))('is on a page: %s', (_path, text) => {
    expect(shown.includes(escaped(text))).toBe(true)
  })
})

describe.each([...languages.keys()])('in %s', (language) => {
  it.each(Object.entries(statesIn([language])))('%s', (_name, { html }) => {
    expect(element(html, 'html').attributes.get('lang')).toBe(language)
    expect(html).not.toMatch(/undefined|\[object|NaN/)
  })
})
