// Where a user goes on to after a mailed link: on with what this browser began, or back to the app with a new request.

import type { Deps } from '../deps.js'
import { repeatSeconds } from '../mail/link.js'
import type { BackToApp } from '../pages/sign-in-props.js'
import type { ActionToken } from '../store/store.js'
import type { Browser } from './browser.js'
import { afterForm, isBegunBy, pathOf } from './interaction.js'
import { wayBack } from './views.js'

export type Onward = {
  /** A page of the interaction in which the mail was asked for: only in the browser that began it (AZ14). */
  readonly here?: `/${string}` | undefined
  /** Where the user was on the way to, in another browser. */
  readonly backTo?: BackToApp | undefined
}

/**
 * Whoever asks for a mail chooses the interaction that it names. A phisher must not get the code of who reads the mail,
 * nor lead them into an account at the app, so the other browser learns no more than which app it was (AZ14).
 */
export async function findOnward(
  deps: Deps,
  { interactionId }: Pick<ActionToken, 'interactionId'>,
  browser: Browser,
): Promise<Onward> {
  const found = interactionId === undefined ? undefined : await deps.store.interactions.find(interactionId)
  if (!found) return {}
  const isOwn = isBegunBy(browser, found)
  if (isOwn && (found.completedAt === undefined || deps.now() - found.completedAt < repeatSeconds)) {
    const page = found.completedAt === undefined ? pathOf(deps, 'authorize', found.id) : undefined
    return { here: page ?? afterForm(deps, found.id) }
  }
  const client = found.kind === 'authorize' ? await deps.store.clients.find(found.clientId ?? '') : undefined
  const href = client && !client.disabled ? wayBack(client, deps) : undefined
  return client && href !== undefined ? { backTo: { name: client.metadata.client_name, href } } : {}
}
