// Owns form tokens: proof that a form was rendered for this browser, session and step.
import { createHmac, type KeyObject } from 'node:crypto'
import { sameText } from './handle.js'

/**
 * The form token for a context: a purpose, then whatever the form is bound to (a browser handle, an
 * interaction id). It is a MAC, so nothing is stored.
 */
export function csrfToken(key: KeyObject, ...context: string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(context)).digest('base64url')
}

/** Whether `token` was made for exactly this context, in constant time. */
export function csrfMatches(key: KeyObject, token: string | undefined, ...context: string[]): boolean {
  return token !== undefined && sameText(token, csrfToken(key, ...context))
}
