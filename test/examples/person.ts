// Owns the person in front of the examples' clients: an account at the built server, and a browser that says yes.
import { createBrowser } from '../../examples/demo/browser.js'
import type { Grantor } from '../../examples/demo/grantor.js'

const person = { username: 'ada', password: 'a password of twenty letters' }

export async function addPerson(grantor: Grantor): Promise<void> {
  const names = ['--username', person.username, '--email', 'ada@example.org', '--email-verified']
  await grantor.cli(['user', 'create', ...names, '--password-stdin'], person.password)
}

/** Opens an authorization request in a new browser, signs in, and allows what is asked; answers what that was. */
export async function letIn(address: string): Promise<string> {
  const browser = createBrowser()
  await browser.open(address)
  await browser.fill(person)
  if (browser.heading.includes('passkey')) await browser.press('Not now')
  const asked = browser.heading
  await browser.press('allow')
  return asked
}
