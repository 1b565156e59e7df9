// The one script of our pages, as text; browser tests run it.
import { Script } from 'node:vm'
import { expect, it } from 'vitest'
import { passkeyScript } from '../../src/pages/passkey-script.js'

const { path, body } = passkeyScript

it('is a script, and small', () => {
  expect(() => new Script(body)).not.toThrow()
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(2560)
})

it('has the hash of its content in its name', () => {
  expect(path).toMatch(/^\/assets\/passkey\.[0-9a-f]{12}\.js$/)
})

it('turns no text into code or markup, and asks nobody else anything', () => {
  const words =
    /eval|Function\(|innerHTML|outerHTML|insertAdjacent|document\.write|fetch|XMLHttp|WebSocket|sendBeacon|import|https?:|localStorage|cookie/
  expect(body).not.toMatch(words)
})

it('does nothing, and does not fail, in a browser without passkeys or a clipboard', () => {
  const sought: string[] = []
  const querySelectorAll = (query: string) => {
    sought.push(query)
    return []
  }
  const listened: string[] = []
  const addEventListener = (type: string) => listened.push(type)
  for (const PublicKeyCredential of [undefined, {}, class {}]) {
    new Script(body).runInNewContext({
      document: { querySelectorAll },
      navigator: {},
      addEventListener,
      PublicKeyCredential,
    })
  }
  expect(sought).toContain('[data-show-password]')
  expect(sought).not.toContain('[data-no-passkey]')
  expect(sought).not.toContain('[data-passkey-only]')
  expect(listened).toEqual(['pageshow', 'pageshow', 'pageshow'])
})
