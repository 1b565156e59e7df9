// Owns the life of a signing key as rules over rows and a time: pending, active, retired, gone.
import { type SigningAlg, signingAlgs } from '../protocol/client.js'

export const keyStates = ['active', 'pending', 'retired'] as const
export type KeyState = (typeof keyStates)[number]

/** A signing key as the store holds it. Times are epoch seconds. */
export type KeyRow = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly state: KeyState
  readonly sealed: string
  readonly publicJwk: Record<string, unknown>
  readonly createdAt: number
  readonly activatedAt?: number | undefined
  readonly retiredAt?: number | undefined
}

/** The configuration that decides how long keys live; seconds. */
export type KeyPolicy = {
  readonly keyRotation: number
  readonly jwksMaxAge: number
  readonly sessionAbsoluteTtl: number
}

/** What the schedule asks for at a time. */
export type Step =
  | { readonly do: 'create'; readonly alg: SigningAlg; readonly state: 'active' | 'pending' }
  | { readonly do: 'retire' | 'activate' | 'remove'; readonly kid: string; readonly alg: SigningAlg }

const day = 86_400
const skew = 60
/** How long verifiers in the field keep a key set without being told to (jose: 10 minutes). */
const verifierCache = 600

/**
 * Seconds for which a key is published before it signs: a day, or a tenth of the rotation period, but never
 * less than any verifier's cache may be old. A rotation period too short for that has the last word but one.
 */
export function publicationLead(policy: KeyPolicy): number {
  const cached = policy.jwksMaxAge + verifierCache
  const wanted = Math.max(cached, Math.min(day, Math.floor(policy.keyRotation / 10)))
  return Math.max(policy.jwksMaxAge, Math.min(wanted, Math.floor(policy.keyRotation / 2)))
}

/**
 * Seconds for which a retired key stays published: until the last token it signed has expired. No lifetime of
 * a token, in the configuration or of a resource, may exceed a day, so a day holds whatever is changed later.
 * An ID token counts as long as the session it names, because it comes back as id_token_hint at sign-out.
 */
export function retention(policy: KeyPolicy): number {
  return Math.max(day, policy.sessionAbsoluteTtl) + skew
}

/** When a key starts, or started, to sign. */
export function signsFrom(row: KeyRow, policy: KeyPolicy): number {
  return row.activatedAt ?? row.createdAt + publicationLead(policy)
}

/** When a retired key is no longer published; undefined for the others. */
export function goneAt(row: KeyRow, policy: KeyPolicy): number | undefined {
  return row.retiredAt === undefined ? undefined : row.retiredAt + retention(policy)
}

/** Whether a retired key may no longer verify anything, removed or not. */
export function isGone(row: KeyRow, policy: KeyPolicy, now: number): boolean {
  const end = goneAt(row, policy)
  return end !== undefined && end <= now
}

/** Every step that is due, in the order to take them. Each is one conditional write; none depends on luck. */
export function dueSteps(rows: readonly KeyRow[], policy: KeyPolicy, now: number): Step[] {
  const changes = signingAlgs.flatMap((alg) => changesOf(alg, rows, policy, now))
  const gone = rows.filter((row) => isGone(row, policy, now))
  return [...changes, ...gone.map(({ kid, alg }): Step => ({ do: 'remove', kid, alg }))]
}

function changesOf(alg: SigningAlg, rows: readonly KeyRow[], policy: KeyPolicy, now: number): Step[] {
  const active = rows.find((row) => row.alg === alg && row.state === 'active')
  const pending = rows.find((row) => row.alg === alg && row.state === 'pending')
  if (!active)
    return [pending ? { do: 'activate', kid: pending.kid, alg } : { do: 'create', alg, state: 'active' }]
  if (!pending) {
    const successorFrom = signsFrom(active, policy) + policy.keyRotation - publicationLead(policy)
    return successorFrom <= now ? [{ do: 'create', alg, state: 'pending' }] : []
  }
  if (signsFrom(pending, policy) > now) return []
  return [
    { do: 'retire', kid: active.kid, alg },
    { do: 'activate', kid: pending.kid, alg },
  ]
}
