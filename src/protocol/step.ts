// Owns the next step of an interaction: sign in, choose, consent, issue a code, or fail. Pure and total.
import { atLeast, passwordAcr, secondFactorAcr } from './acr.js'
import type { AuthorizationRequest } from './authorization.js'
import type { Client } from './client.js'
import { type ConsentAsk, consentToAsk, type RememberedConsent } from './consent.js'
import { type ErrorCode, OAuthError } from './error.js'
import { type AccountDemand, recentSeconds } from './required-assurance.js'
import { missingAcr, type Person } from './strength.js'

/** What this interaction itself has seen happen. */
export type Progress = {
  /** Epoch seconds at which a person proved who they are, here and not in an earlier visit. */
  authenticatedAt?: number | undefined
  /** Whom everything in this record is about: it counts for nobody else. Set with each of the other members. */
  sub?: string | undefined
  accountChosen: boolean
  /** The person's answer: true allow, false deny, undefined not asked yet. */
  consented?: boolean | undefined
}

type LiveSession = { sub: string; authTime: number; acr: string; confirmedAt?: number | undefined }

/** What a request says about who the person must be, and how they have proved it. */
type Demand = Pick<AuthorizationRequest, 'prompt' | 'maxAge' | 'acrValues' | 'claims'>

type AuthenticationInput = {
  request: Demand
  client: Client
  /** The live session of this browser. */
  session?: LiveSession | undefined
  /** Somebody else is signed in here too. */
  others: boolean
  progress: Progress
  person?: Person | undefined
  /** The `sub` of a verified id_token_hint. */
  hintSub?: string | undefined
  /** Epoch seconds. */
  now: number
}

export type StepInput = AuthenticationInput & {
  request: AuthorizationRequest
  /** What the session's person has allowed this client before. */
  consent?: RememberedConsent | undefined
}

export type LoginReason = 'no_session' | 'prompt' | 'max_age' | 'hint_mismatch' | 'step_up' | 'fresh'

export type Step =
  /** `sub` is set when it must be this person and nobody else. */
  | { at: 'login'; reason: LoginReason; sub?: string | undefined }
  | { at: 'select_account' }
  /** The session is too weak: one more factor, of at least this acr. */
  | { at: 'second_factor'; acr: string }
  | { at: 'consent'; ask: ConsentAsk }
  /** Whether an app on another device may come in: asked every time, whatever is remembered (RFC 8628 5.4). */
  | { at: 'confirm' }
  | { at: 'issue' }
  | { at: 'fail'; error: OAuthError }

/**
 * Decides what comes next (OIDC Core 3.1.2.3, 3.1.2.4). Nothing but the input is consulted, so a reload, a
 * second tab and the back button all lead to the same place.
 */
export function next(input: StepInput): Step {
  const { request, progress } = input
  if (progress.consented === false) return fail('access_denied', 'the person said no')
  const step = authentication(input) ?? consent(input) ?? { at: 'issue' }
  return request.prompt.includes('none') ? silently(step) : step
}

/** Everything about who the person is and how lately they proved it; undefined when nothing is left to ask. */
function authentication(input: AuthenticationInput): Step | undefined {
  const { request, session, others, progress, hintSub, now } = input
  const expected = hintSub ?? expectedSub(request)
  const silent = request.prompt.includes('none')
  if (!session && others && !silent) return { at: 'select_account' }
  if (!session) return { at: 'login', reason: 'no_session', sub: expected }
  const about = progress.sub === session.sub
  // An older sign-in than that of this interaction never satisfies prompt or max_age.
  const proven = isProven(progress, session)
  if (expected !== undefined && expected !== session.sub) {
    if (proven) return fail('login_required', 'another person signed in than the one asked for')
    return { at: 'login', reason: 'hint_mismatch', sub: expected }
  }
  if (request.prompt.includes('select_account') && !proven && !(about && progress.accountChosen)) {
    return { at: 'select_account' }
  }
  if (request.prompt.includes('login') && !proven) return { at: 'login', reason: 'prompt', sub: session.sub }
  // Whole seconds hide up to one second of age, so an age equal to max_age counts as exceeded (3.1.2.1).
  if (request.maxAge !== undefined && !proven && now - session.authTime >= request.maxAge) {
    return { at: 'login', reason: 'max_age', sub: session.sub }
  }
  return strength(input, session)
}

/** A session as strong as it must be, or the way to one. */
function strength(
  { request, client, person, progress, now }: AuthenticationInput,
  session: LiveSession,
): Step | undefined {
  const acr = missingAcr(session.acr, request, client, person)
  if (acr === undefined) return undefined
  const proven = progress.sub === session.sub && progress.authenticatedAt !== undefined
  if (acr === 'unmet' || (proven && acr === passwordAcr)) {
    return fail('unmet_authentication_requirements', 'no such authentication is available here')
  }
  return acr === passwordAcr
    ? { at: 'login', reason: 'step_up', sub: session.sub }
    : secondFactor(acr, { session, progress, person, now })
}

/**
 * The page of the second factor. A user who has none sets one up there, which takes a confirmation as every other
 * change of the account does (EN02): a browser that was left open right after a sign-in must not add a factor.
 */
function secondFactor(
  acr: string,
  {
    session,
    progress,
    person,
    now,
  }: Pick<AuthenticationInput, 'progress' | 'person' | 'now'> & { session: LiveSession },
): Step {
  return person?.secondFactor || isConfirmed(progress, session, { now, within: recentSeconds })
    ? { at: 'second_factor', acr }
    : { at: 'login', reason: 'fresh', sub: session.sub }
}

/** A sign-in of this interaction, still carried by the session. */
export function isProven(progress: Progress, session: Pick<LiveSession, 'sub' | 'authTime'>): boolean {
  return (
    progress.sub === session.sub &&
    progress.authenticatedAt !== undefined &&
    session.authTime >= progress.authenticatedAt
  )
}

/** A sign-in of this interaction, or a confirmation of the last `within` seconds on the way to a change of the account. */
export function isConfirmed(
  progress: Progress,
  session: Pick<LiveSession, 'sub' | 'authTime' | 'confirmedAt'>,
  { now, within }: { now: number; within: number },
): boolean {
  const confirmedAt = session.confirmedAt ?? Number.NEGATIVE_INFINITY
  return isProven(progress, session) || now - confirmedAt < within
}

/** As `next`, for a person who lets in an app on another device (RFC 8628 3.3). */
export function nextForDevice(input: AuthenticationInput): Step {
  return authentication(input) ?? { at: 'confirm' }
}

export type AccountInput = {
  session?: LiveSession | undefined
  others: boolean
  progress: Progress
  demand: AccountDemand
  person?: Person | undefined
  /** Epoch seconds. */
  now: number
}

/** As `next`, for a person on the way to their own account. */
export function nextForAccount({ session, others, progress, demand, person, now }: AccountInput): Step {
  if (demand.choose && !progress.accountChosen && (session || others)) return { at: 'select_account' }
  if (!session) return others ? { at: 'select_account' } : { at: 'login', reason: 'no_session' }
  const { confirmedWithin: within } = demand
  if (within !== undefined && !isConfirmed(progress, session, { now, within })) {
    return { at: 'login', reason: 'fresh', sub: session.sub }
  }
  const strong = person?.secondFactorRequired || (demand.strong && person?.secondFactor)
  if (strong && !atLeast(session.acr, secondFactorAcr)) {
    return secondFactor(secondFactorAcr, { session, progress, person, now })
  }
  return { at: 'issue' }
}

function consent({ request, client, session, progress, consent }: StepInput): Step | undefined {
  if (progress.consented === true && progress.sub === session?.sub) return undefined
  const ask = consentToAsk(request, client, consent)
  return ask && { at: 'consent', ask }
}

/** The person whom `claims` asks to be the subject (OIDC Core 5.5.1): as binding as a hint. */
function expectedSub(request: Demand): string | undefined {
  const [sub] = request.claims?.idToken.sub?.values ?? []
  return typeof sub === 'string' ? sub : undefined
}

/** prompt=none shows no page: each step that needs one has its own error (OIDC Core 3.1.2.6). */
function silently(step: Step): Step {
  switch (step.at) {
    case 'login':
      return fail('login_required', 'the person must sign in')
    case 'second_factor':
      return fail('login_required', 'the person must prove a second factor')
    case 'select_account':
      return fail('account_selection_required', 'the person must choose an account')
    case 'consent':
      return fail('consent_required', 'the person must be asked')
    default:
      return step
  }
}

function fail(code: ErrorCode, description: string): Step {
  return { at: 'fail', error: new OAuthError(code, description) }
}
