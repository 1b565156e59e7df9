// Owns the order in which a token is judged: signature, claims, sender, status, what the operation asks for.
import { checkBinding } from './binding.js'
import {
  type AccessClaims,
  checkRequirements,
  checkTimes,
  type Requirements,
  readClaims,
  scopesOf,
} from './claims.js'
import { discover, type Metadata } from './discovery.js'
import { proofChecker } from './dpop.js'
import { Fault, invalidToken, whyOf } from './fault.js'
import { keepFresh } from './kept.js'
import { keepKeys } from './keys.js'
import { keepLists } from './lists.js'
import { readOptions, type VerifierOptions } from './options.js'
import { rememberTokens } from './remembered.js'
import { type Presented, presentedIn, type RequestLike } from './request.js'
import { keysOrFault, readSigned } from './signed.js'
import { TokenError } from './token-error.js'
import { worldOf } from './world.js'

export type Verifier = {
  /**
   * The claims of a token that may do this, taken from a request or given as it is.
   * @throws TokenError with status, headers and the reason for the log; nothing else
   */
  readonly verify: (given: string | RequestLike, requirements?: Requirements) => Promise<AccessClaims>
  /** Fetches what is needed before the first token comes. @throws Error that says why the issuer cannot be used */
  readonly ready: () => Promise<void>
  /** Ends timers and streams. */
  readonly close: () => void
}

const maxTokenLength = 16_384
const metadataFreshFor = 3600
const aggregationFreshFor = 300

/**
 * Judges the access tokens of one issuer for one API. Nothing is fetched before the first token or `ready()`.
 * @throws TypeError that names an option that cannot be
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const settings = readOptions(options)
  const { issuer, audiences, algorithms, tolerance, timeout, jwksUri, onFault, dpop } = settings
  const world = worldOf(options)
  const faultOf = (what: string) => (error: unknown) => onFault(`${what}: ${whyOf(error)}`)

  const metadata = keepFresh<Metadata>({
    load: async () => ({
      value: jwksUri ? { jwksUri, statusListAggregation: undefined } : await discover(issuer, timeout, world),
      freshFor: metadataFreshFor,
      usableFor: Number.POSITIVE_INFINITY,
    }),
    world,
    onFault: faultOf(`metadata of ${issuer}`),
  })
  const keys = keepKeys({
    metadata,
    world,
    timeout,
    usableFor: settings.keysUsableFor,
    onFault: faultOf(`keys of ${issuer}`),
  })
  const lists = keepLists({
    issuer,
    algorithms,
    keys,
    tolerance,
    timeout,
    world,
    onFault,
    maxEntries: settings.maxListEntries,
    maxLists: settings.maxLists,
    origins: settings.listOrigins,
    policy: settings.policy,
    push: settings.push,
  })
  const aggregation = keepFresh<true>({
    load: async () => {
      const { statusListAggregation } = await metadata.get()
      if (statusListAggregation === undefined)
        throw new Error('the issuer names no status_list_aggregation_endpoint')
      await lists.prefetch(statusListAggregation)
      return { value: true, freshFor: aggregationFreshFor, usableFor: Number.POSITIVE_INFINITY }
    },
    world,
    onFault: faultOf('prefetching status lists'),
  })

  const binding = {
    checkProof: proofChecker({ ...dpop, tolerance }),
    proofRequired: dpop.required,
    ...(settings.certificate && { certificate: settings.certificate }),
  }
  const remembered = rememberTokens(settings.rememberTokens)
  const kind = { typ: 'at+jwt', algorithms, maxLength: maxTokenLength }

  const claimsOf = async (token: string): Promise<AccessClaims> => {
    const known = remembered.claimsOf(token, keys.fresh() ?? (await keysOrFault(keys)))
    if (known) return known
    const { claims, set } = await readSigned(token, keys, kind)
    const read = readClaims(claims, { issuer, audiences })
    remembered.remember(token, read, set)
    return read
  }

  const judge = async (presented: Presented, requirements: Requirements): Promise<AccessClaims> => {
    const claims = await claimsOf(presented.token)
    const now = world.now()
    checkTimes(claims, now, tolerance)
    if (claims.cnf !== undefined || presented.scheme === 'DPoP' || dpop.required)
      await checkBinding(claims, presented, binding, now)
    // Only now, when nothing else speaks against the token (draft-ietf-oauth-status-list 8.3).
    const pending = lists.check(claims)
    if (pending) await pending
    checkRequirements(claims, requirements, now)
    return claims
  }

  return {
    verify: async (given, requirements = {}) => {
      let presented: Presented | undefined
      try {
        presented =
          typeof given === 'string'
            ? { token: given, scheme: 'Bearer', request: undefined }
            : presentedIn(given)
        return await judge(presented, requirements)
      } catch (error) {
        const fault = error instanceof Fault ? error : invalidToken(`could not be judged: ${whyOf(error)}`)
        const scheme = presented?.scheme ?? (dpop.required ? 'DPoP' : 'Bearer')
        const refusal = new TokenError(fault, {
          scheme,
          offersDpop: settings.offersDpop,
          onlyDpop: dpop.required,
          algorithms: dpop.algorithms,
          resourceMetadata: settings.resourceMetadata,
          scope: scopesOf(requirements).join(' ') || undefined,
        })
        settings.onRefusal(refusal)
        throw refusal
      }
    },
    ready: async () => {
      await keys.get()
      if (settings.prefetchLists) await aggregation.get()
    },
    close: () => {
      for (const part of [metadata, keys, aggregation, lists]) part.close()
    },
  }
}
