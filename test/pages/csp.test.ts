// Holds the policy that each page is sent with (CO02, AZ19, experience.md 1.1 trap 3).
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formPostPolicy } from '../../src/pages/csp.js'
import { passkeyScript } from '../../src/pages/passkey-script.js'
import { element } from './markup.js'
import { states } from './states.js'

const directives = (csp: string) =>
  new Map(
    csp
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .map(([name = '', ...values]) => [name, values.join(' ')]),
  )

const base: [string, string][] = [
  ['default-src', "'none'"],
  ['style-src', "'self'"],
  ['img-src', "'self' data:"],
  ['base-uri', "'none'"],
  ['frame-ancestors', "'none'"],
]

/** Pages with a form, or with a way on, that can end at an app. */
const leaving =
  /^(login|consent|select account|logout|second factor|lost factor|enrolment|recovery codes|passkey offer|registration|invitation)/

describe.each(Object.entries(states))('%s', (name, { csp, html }) => {
  it('CO02 is never framed and loads nothing foreign', () => {
    const policy = directives(csp)
    for (const [directive, value] of base) expect(policy.get(directive)).toBe(value)
    expect(csp).not.toContain('unsafe')
  })

  it('bounds its forms only where none can end at an app', () => {
    const bound = directives(csp).get('form-action')
    if (name.startsWith('form post')) expect(bound).toBe('https://planner.example https:')
    else if (leaving.test(name)) expect(bound).toBeUndefined()
    else if (/^(error|expired)/.test(name)) expect(bound).toBe(html.includes('<form') ? undefined : "'self'")
    else expect(bound).toBe("'self'")
  })

  it('runs our script where it is asked for, and none elsewhere', () => {
    if (/^form post|on the way back/.test(name)) {
      expect(directives(csp).get('script-src')).toMatch(/^'sha256-[\w+/=]{44}'$/)
      return
    }
    const ours = html.includes(`<script type="module" src="${passkeyScript.path}"></script>`)
    expect(directives(csp).get('script-src')).toBe(ours ? "'self'" : undefined)
    const wanting = /data-passkey|data-show-password|data-copy/.test(html)
    expect(ours || !wanting).toBe(true)
  })
})

describe('the page that tells apps of a sign-out', () => {
  it.each(['signed out, apps are told', 'signed out, on the way back'])(
    '%s: frames them and nobody else',
    (name) => {
      const policy = directives(states[name]?.csp ?? '')
      expect(policy.get('frame-src')).toBe('https://orchard.example:8443 https://planner.example')
    },
  )

  it('allows exactly its own script, by hash', () => {
    const { csp, html } = states['signed out, on the way back'] ?? { csp: '', html: '' }
    const hash = createHash('sha256').update(element(html, 'script').text).digest('base64')
    expect(directives(csp).get('script-src')).toBe(`'sha256-${hash}'`)
  })
})

describe('AZ19 the form_post page', () => {
  it('allows exactly its own script, by hash', () => {
    const { csp, html } = states['form post'] ?? { csp: '', html: '' }
    const hash = createHash('sha256').update(element(html, 'script').text).digest('base64')
    expect(directives(csp).get('script-src')).toBe(`'sha256-${hash}'`)
  })

  it.each([
    ['https://app.example:8443/cb?x=1', 'https://app.example:8443 https:'],
    ['http://127.0.0.1:4312/cb', 'http://127.0.0.1:4312 http: https:'],
    ['http://[::1]:4312/cb', 'http: https:'],
    ['com.example.app:/cb', 'com.example.app:'],
    ['https://a;sandbox/cb', 'https:'],
    ['https://b\u00fccher.example/', 'https://xn--bcher-kva.example https:'],
  ])('may post to %s as %s', (action, target) => {
    const policy = formPostPolicy(action, 'x')
    expect(directives(policy).get('form-action')).toBe(target)
    expect([...directives(policy).keys()]).toEqual([
      ...base.map(([name]) => name),
      'script-src',
      'form-action',
    ])
  })
})
