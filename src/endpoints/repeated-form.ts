// A form that is sent twice because the app is slow: the browser drops the response to the first press, so the second
// one gets it once more. No second code comes of it, and no other browser gets it (AZ12, AZ14, BR06).
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context } from 'hono'
import { parseHandle } from '../crypto/handle.js'
import { readAssertion } from '../crypto/passkey-answer.js'
import { decodeBase64url, seal, unseal } from '../crypto/seal.js'
import type { Deps } from '../deps.js'
import type { Params } from '../protocol/params.js'
import { canonicalIdentifier, type User } from '../protocol/user.js'
import type { ResponseParams } from './answer.js'
import type { OwnInteraction } from './interaction.js'
import { findVisitor, type Visitor } from './session.js'

/** Seconds after the response in which it is repeated. A code ends with its own lifetime, if that is shorter. */
const repeatSeconds = 60
/** Another node may still be at work on the first press. */
const pollIntervalMs = 50
const maxWaitMs = 2000

type Answered = Pick<OwnInteraction, 'interaction' | 'browser'> & { readonly visitor?: Visitor | undefined }

/** Keeps what the app is sent, sealed for this browser and its user; without parameters, that nothing was sent. */
export async function keepResponse(
  { store, secrets, random }: Deps,
  answered: Answered,
  params?: ResponseParams,
): Promise<void> {
  const plain = params && Buffer.from(JSON.stringify(params))
  const sealed =
    plain && seal(secrets.interaction, sealContext(answered), plain, random).toString('base64url')
  await store.interactions.respond(answered.interaction.id, sealed ?? '')
}

export type Repeated =
  | { readonly kind: 'send'; readonly params: ResponseParams }
  /** The app has redeemed the code: sent again, it would count as stolen (TK01). */
  | { readonly kind: 'redeemed' }
  | { readonly kind: 'none' }

/** What the app was sent, as long as it can be sent again. */
export async function findResponse(
  c: Context,
  deps: Deps,
  own: Pick<OwnInteraction, 'interaction' | 'browser'>,
): Promise<Repeated> {
  const sealed = await waitForResponse(deps, own.interaction.id)
  const bytes = sealed === undefined || sealed === '' ? undefined : decodeBase64url(sealed)
  const visitor = bytes && (await findVisitor(c, deps))
  const plain = bytes && unseal(deps.secrets.interaction, sealContext({ ...own, visitor }), bytes)
  if (!plain) return { kind: 'none' }
  const params = JSON.parse(plain.toString()) as ResponseParams
  if (params.code === undefined) return { kind: 'send', params }
  const found = await deps.store.grants.findForCode(parseHandle(params.code)?.id ?? '')
  if (!found?.grant.live || found.code.expiresAt <= deps.now()) return { kind: 'none' }
  return found.code.usedAt === undefined ? { kind: 'send', params } : { kind: 'redeemed' }
}

async function waitForResponse({ store }: Deps, id: string): Promise<string | undefined> {
  for (let waited = 0; ; waited += pollIntervalMs) {
    const response = (await store.interactions.find(id))?.response
    if (response !== undefined || waited >= maxWaitMs) return response
    await sleep(pollIntervalMs)
  }
}

/**
 * Whether a form says what the one said that ended the interaction a moment ago, in the name of the user who is still
 * signed in here. Another user of the same browser must not get into the app as the first one.
 */
export async function isSameAnswer(c: Context, deps: Deps, own: OwnInteraction): Promise<boolean> {
  const { interaction, params } = own
  const { sub, consented, completedAt } = interaction
  if (completedAt === undefined || deps.now() - completedAt >= repeatSeconds) return false
  if (params && (params.get('decision') === 'deny') !== (consented === false)) return false
  if (sub === undefined) return true
  const user = (await findVisitor(c, deps))?.user
  return user?.sub === sub && (!params || (await speaksOf(deps, params, user)))
}

/** Whether the credentials of a form, if it has any, are those of this user. They are not verified again. */
export async function speaksOf({ store }: Deps, params: Params, user: User): Promise<boolean> {
  const name = params.get('username')
  if (name !== undefined) {
    const names = [user.username, user.email].flatMap((own) =>
      own === undefined ? [] : canonicalIdentifier(own),
    )
    if (!names.includes(canonicalIdentifier(name.slice(0, 255)))) return false
  }
  const chosen = params.get('account')
  if (chosen !== undefined && chosen !== user.sub) return false
  const assertion = readAssertion(params.get('passkey'))
  return !assertion || (await store.passkeys.find(assertion.credentialId))?.sub === user.sub
}

function sealContext({ browser, interaction, visitor }: Answered): string {
  return `response ${interaction.id} ${browser.hash} ${visitor?.user.sub ?? ''}`
}
