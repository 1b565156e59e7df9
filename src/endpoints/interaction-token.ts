// The token of a form in an interaction: proof that it was rendered for this browser, interaction and page, and what
// the interaction is for, so that a form whose row has gone begins the same request again (EX01).
import { csrfMatches, csrfToken } from '../crypto/csrf.js'
import { decodeBase64url, seal, unseal } from '../crypto/seal.js'
import type { Deps } from '../deps.js'
import { tokenLimit } from '../http/body.js'
import type { Interaction } from '../store/store.js'
import type { Browser } from './browser.js'
import type { InteractionPage, NewInteraction } from './interaction.js'

/** Characters of a SHA-256 in base64url. */
const proofLength = 43

type Where = { readonly page: InteractionPage; readonly browser: Browser; readonly id: string }

export function interactionToken(deps: Deps, where: Where, interaction: Interaction): string {
  const { kind, clientId, request, deviceRequestId, returnTo, demand } = interaction
  const plain = Buffer.from(JSON.stringify({ kind, clientId, request, deviceRequestId, returnTo, demand }))
  const text = seal(deps.secrets.interaction, sealContext(where), plain, deps.random).toString('base64url')
  // Only requests full of characters that JSON escapes come to more.
  const sealed = text.length > tokenLimit - proofLength ? '' : text
  return csrfToken(deps.secrets.csrf, ...proofContext(where, sealed)) + sealed
}

export function isInteractionToken(deps: Deps, token: string | undefined, where: Where): boolean {
  const [proof, sealed = ''] = [token?.slice(0, proofLength), token?.slice(proofLength)]
  return csrfMatches(deps.secrets.csrf, proof, ...proofContext(where, sealed))
}

/** What the interaction was for whose form has this token; undefined for anything that is none of this browser's. */
export function sealedInteraction(
  deps: Deps,
  token: string | undefined,
  where: Where,
): NewInteraction | undefined {
  if (!isInteractionToken(deps, token, where)) return undefined
  const bytes = decodeBase64url(token?.slice(proofLength) ?? '')
  const plain = bytes && unseal(deps.secrets.interaction, sealContext(where), bytes)
  return plain && (JSON.parse(plain.toString()) as NewInteraction)
}

function proofContext({ page, browser, id }: Where, sealed: string): string[] {
  return ['interaction', page, browser.secret, id, sealed]
}

function sealContext({ browser, id }: Where): string {
  return `interaction ${id} ${browser.hash}`
}
