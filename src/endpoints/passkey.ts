// Owns passkeys at our pages: what a browser is asked to sign, and whose its answer is (WebAuthn Level 3, 7).
import { newChallenge, readChallenge } from '../crypto/challenge.js'
import { type NewCredential, verifyAssertion, verifyAttestation } from '../crypto/passkey.js'
import { readAssertion, readAttestation } from '../crypto/passkey-answer.js'
import { creationOptions, relyingPartyOf, requestOptions } from '../crypto/passkey-options.js'
import type { Deps } from '../deps.js'
import { product } from '../protocol/product.js'
import type { User } from '../protocol/user.js'
import type { Passkey } from '../store/store.js'
import type { OwnInteraction } from './interaction.js'

/** What a challenge is for and what it is bound to: the page, the browser, the interaction or session. */
export type Occasion = { readonly purpose: 'sign_in' | 'register'; readonly binding: readonly string[] }

/** On a page of an interaction, in the browser that began it. */
export function occasionIn(
  purpose: Occasion['purpose'],
  { browser, interaction }: Pick<OwnInteraction, 'browser' | 'interaction'>,
): Occasion {
  return { purpose, binding: [browser.secret, interaction.id] }
}

/** People keep a handful; more would only slow down their own sign-in. */
export const mostPasskeys = 20

export function passkeysWork({ config }: Pick<Deps, 'config'>): boolean {
  return relyingPartyOf(config.issuer) !== undefined
}

/**
 * What `navigator.credentials.get` is given, as JSON; undefined where passkeys cannot work.
 * @param allow those of one person, when it must be this person; any that the browser has otherwise
 */
export function signInOptions(
  deps: Deps,
  occasion: Occasion,
  allow: readonly Passkey[] = [],
): string | undefined {
  const rp = relyingPartyOf(deps.config.issuer)
  if (!rp) return undefined
  return JSON.stringify(requestOptions({ rp, challenge: challengeFor(deps, occasion), allow }))
}

/** What `navigator.credentials.create` is given, as JSON; undefined where passkeys cannot work. */
export function registrationOptions(
  deps: Deps,
  occasion: Occasion,
  user: User,
  exclude: readonly Passkey[],
): string | undefined {
  const rp = relyingPartyOf(deps.config.issuer)
  if (!rp) return undefined
  return JSON.stringify(
    creationOptions({
      rp,
      product,
      user: { handle: user.sub, name: user.username, displayName: user.claims.name ?? user.username },
      challenge: challengeFor(deps, occasion),
      exclude,
    }),
  )
}

/** The person whose passkey has signed our challenge, and the passkey; each challenge counts once (SE13). */
export async function judgePasskey(
  deps: Deps,
  occasion: Occasion,
  text: string | undefined,
): Promise<{ user: User; passkey: Passkey } | undefined> {
  const { store, config, now } = deps
  const rp = relyingPartyOf(config.issuer)
  const assertion = readAssertion(text)
  if (!rp || !assertion || !(await spend(deps, occasion, assertion.challenge))) return undefined
  const passkey = await store.passkeys.find(assertion.credentialId)
  if (!passkey) return undefined
  const proven = await verifyAssertion(assertion, rp, passkey)
  if (!proven || !(await store.passkeys.used(passkey.id, { ...proven, at: now() }))) return undefined
  const user = await store.users.find(passkey.sub)
  return user && { user, passkey }
}

/** The new passkey, ready to be kept; undefined if it does not answer our challenge. */
export async function readRegistration(
  deps: Deps,
  occasion: Occasion,
  text: string | undefined,
): Promise<NewCredential | undefined> {
  const rp = relyingPartyOf(deps.config.issuer)
  const attestation = readAttestation(text)
  if (!rp || !attestation || !(await spend(deps, occasion, attestation.challenge))) return undefined
  return verifyAttestation(attestation, rp)
}

function challengeFor({ secrets, now, random }: Deps, { purpose, binding }: Occasion): string {
  return newChallenge({ key: secrets.challenge, purpose, binding, now: now(), random })
}

async function spend(deps: Deps, { purpose, binding }: Occasion, challenge: string): Promise<boolean> {
  const { store, secrets, now } = deps
  const ours = readChallenge({ key: secrets.challenge, purpose, binding, challenge, now: now() })
  return ours !== undefined && store.replay.once(`webauthn ${challenge}`, ours.expiresAt)
}
