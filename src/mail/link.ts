// Owns the links that are mailed: each proves once that somebody reads the mail of an address.

import { matchesHash, newHandle, newId, parseHandle, type Random } from '../crypto/handle.js'
import { issuerUrl } from '../protocol/issuer.js'
import type { ActionToken, Origin, Store } from '../store/store.js'

type Purpose = ActionToken['purpose']

const minute = 60
const day = 86_400

/** Where each leads, and for how many seconds. */
export const links: Readonly<Record<Purpose, { readonly path: string; readonly ttl: number }>> = {
  verify_email: { path: '/verify-email', ttl: day },
  change_email: { path: '/change-email', ttl: 60 * minute },
  reset_password: { path: '/reset-password', ttl: 30 * minute },
  invitation: { path: '/invitation', ttl: 7 * day },
  registration: { path: '/registration', ttl: 30 * minute },
}

export type Link = { readonly url: string /** Epoch seconds. */; readonly expiresAt: number }

type Making = {
  readonly store: Pick<Store, 'actionTokens'>
  readonly config: { readonly issuer: string }
  readonly now: () => number
  readonly random: Random
}

/** Makes a link from the configured issuer, whatever the request called us (AC01). */
export async function newLink(
  { store, config, now, random }: Making,
  about: Pick<ActionToken, 'purpose' | 'sub' | 'email' | 'interactionId'>,
  origin: Origin,
): Promise<Link> {
  const { path, ttl } = links[about.purpose]
  const createdAt = now()
  const id = newId(createdAt, random)
  const { handle, hash } = newHandle(id, random)
  const expiresAt = createdAt + ttl
  await store.actionTokens.create({ ...about, id, secretHash: hash, createdAt, expiresAt }, origin)
  return { url: issuerUrl(config.issuer, `${path}/${handle}`), expiresAt }
}

/** The link that a handle proves, if it was made for this purpose and still works (AC05). */
export async function findLink(
  deps: Pick<Making, 'store' | 'now'>,
  purpose: Purpose,
  handle: string,
): Promise<ActionToken | undefined> {
  const token = await readLink(deps, purpose, handle)
  return token?.usedAt === undefined ? token : undefined
}

/** Seconds after its use for which the form of a link may be sent again, and gets the response of the first time. */
export const repeatSeconds = 60

/** As findLink, for a link that was used a moment ago. */
export async function findUsedLink(
  deps: Pick<Making, 'store' | 'now'>,
  purpose: Purpose,
  handle: string,
): Promise<ActionToken | undefined> {
  const token = await readLink(deps, purpose, handle)
  return token?.usedAt !== undefined && deps.now() - token.usedAt < repeatSeconds ? token : undefined
}

async function readLink(
  { store, now }: Pick<Making, 'store' | 'now'>,
  purpose: Purpose,
  handle: string,
): Promise<ActionToken | undefined> {
  const parsed = parseHandle(handle)
  const token = parsed && (await store.actionTokens.find(parsed.id))
  if (!token || token.purpose !== purpose || !matchesHash(parsed.secret, token.secretHash)) return undefined
  return now() < token.expiresAt ? token : undefined
}
