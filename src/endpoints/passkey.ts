// Owns passkeys at our pages: what a browser is asked to sign, and whose its answer is (WebAuthn Level 3, 7).
import { newChallenge, readChallenge } from '../crypto/challenge.js'
import { type NewCredential, verifyAssertion, verifyAttestation } from '../crypto/passkey.js'
import { readAssertion, readAttestation } from '../crypto/passkey-answer.js'
import { creationOptions, relyingPartyOf, requestOptions } from '../crypto/passkey-options.js'
import type { Deps } from '../deps.js'
import { product } from '../protocol/product.js'
import type { User } from '../protocol/user.js'
import type { Passkey } from '../store/store.js'
import type { Browser } from './browser.js'
import type { OwnInteraction } from './interaction.js'
import { attemptKey } from './password.js'

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

export type PasskeyAttempt = {
  readonly occasion: Occasion
  readonly text: string | undefined
  /** As addressKey gives it. */
  readonly address: string
  readonly browser: Browser
}

export type PasskeyVerdict =
  | { readonly kind: 'right'; readonly user: User; readonly passkey: Passkey }
  /** `sub`: the user whose passkey it claims to be. */
  | { readonly kind: 'wrong'; readonly sub?: string | undefined }
  | { readonly kind: 'throttled' /** Seconds. */; readonly retryAfter: number }

/**
 * The user whose passkey has signed our challenge, and the passkey; each challenge counts once (SE13). Attempts are
 * limited like those at the password, before anything is written or verified (EX02).
 */
export async function judgePasskey(
  deps: Deps,
  { occasion, text, address, browser }: PasskeyAttempt,
): Promise<PasskeyVerdict> {
  const { store, config, now } = deps
  const rp = relyingPartyOf(config.issuer)
  const assertion = readAssertion(text)
  const passkey = assertion && (await store.passkeys.find(assertion.credentialId))
  const user = passkey && (await store.users.find(passkey.sub))
  // Unknown passkeys share one key for each address: random ids must not leave a row each.
  const account = user ? `passkey ${passkey.id}` : `passkey at ${address}`
  const key = await attemptKey(deps, account, user, browser)
  const attempted = await deps.throttle.attempt<PasskeyVerdict>(key, address, async () => {
    const wrong = { outcome: 'wrong', value: { kind: 'wrong', sub: user?.sub } } as const
    if (!rp || !assertion || !(await spend(deps, occasion, assertion.challenge))) return wrong
    const proven = passkey && (await verifyAssertion(assertion, rp, passkey))
    if (!proven || !user || !(await store.passkeys.used(passkey.id, { ...proven, at: now() }))) return wrong
    return { outcome: 'right', value: { kind: 'right', user, passkey } }
  })
  return attempted.allowed ? attempted.value : { kind: 'throttled', retryAfter: attempted.retryAfter }
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

/**
 * True for the first response to a challenge of ours. Attempts are limited, so the marker need not make room for other
 * rows: a response that was seen by others must not work again (SE13).
 */
async function spend(deps: Deps, { purpose, binding }: Occasion, challenge: string): Promise<boolean> {
  const { store, secrets, now } = deps
  const ours = readChallenge({ key: secrets.challenge, purpose, binding, challenge, now: now() })
  return ours !== undefined && store.replay.once(`webauthn ${challenge}`, ours.expiresAt, 'trusted')
}
