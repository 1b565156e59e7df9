// Owns what a verifier can be told, what it does untold, and the faults of that, found before the first request.
import { type Algorithm, isAlgorithm, usualAlgorithms } from '../protocol/jwk.js'
import type { Nonces } from './dpop.js'
import type { ListPolicy } from './lists.js'
import type { PushCredentials } from './push.js'
import type { RequestLike } from './request.js'
import type { TokenError } from './token-error.js'
import { safeUrl } from './url.js'
import type { WorldOptions } from './world.js'

/** Each with its default in docs/verify.md. Times are seconds. */
export type VerifierOptions = WorldOptions & {
  /** Byte for byte what the tokens name. */
  readonly issuer: string
  /** The identifier of this API, or several: a token for any of them is taken. */
  readonly audience: string | readonly string[]
  readonly algorithms?: readonly Algorithm[] | undefined
  /** How far clocks may differ. */
  readonly tolerance?: number | undefined
  /** Where the keys are, for an issuer without metadata. */
  readonly jwksUri?: string | undefined
  /** How long keys serve while the issuer cannot be reached. */
  readonly keysUsableFor?: number | undefined
  /** How long one request to the issuer may take. */
  readonly timeout?: number | undefined
  /** How many tokens are remembered as proven; 0 for none. */
  readonly rememberTokens?: number | undefined
  readonly whenListUnavailable?: ListPolicy | undefined
  /** Origins beside the issuer's that may hold its status lists. */
  readonly listOrigins?: readonly string[] | undefined
  /** A larger list is refused. */
  readonly maxListEntries?: number | undefined
  readonly maxLists?: number | undefined
  /** Fetch every list that the issuer aggregates before a token asks for it. */
  readonly prefetchLists?: boolean | undefined
  /** Hear of revocations as they happen, as this client of the issuer. */
  readonly push?: PushCredentials | undefined
  readonly dpop?: DpopOptions | undefined
  /** The certificate that the client has shown to this service, as DER or PEM. */
  certificate?(request: RequestLike): Uint8Array | string | null | undefined
  /** The address of the protected resource metadata, for challenges (RFC 9728 5.1). */
  readonly resourceMetadata?: string | undefined
  /** Told of every request that is refused; `reason` is for the log. */
  readonly onRefusal?: ((error: TokenError) => void) | undefined
  /** Told of what goes wrong in the background, in words for the log. */
  readonly onFault?: ((reason: string) => void) | undefined
}

export type DpopOptions = {
  /** Where clients reach this API; without it the origin of the audience. */
  readonly publicUrl?: string | undefined
  /** Refuse tokens that are bound to no key. */
  readonly required?: boolean | undefined
  readonly algorithms?: readonly Algorithm[] | undefined
  /** How old a proof may be. */
  readonly maxAge?: number | undefined
  readonly nonces?: Nonces | undefined
  /** How many proofs are remembered against replay. */
  readonly maxProofs?: number | undefined
}

export type Settings = ReturnType<typeof readOptions>

/** @throws TypeError that names the option */
export function readOptions(options: VerifierOptions) {
  const { dpop = {} } = options
  const audiences = typeof options.audience === 'string' ? [options.audience] : [...(options.audience ?? [])]
  const issuer = safeUrl(options.issuer)
  if (issuer?.search !== '') throw new TypeError('issuer: neither an https URL nor http on loopback')
  if (audiences.length === 0 || !audiences.every((aud) => typeof aud === 'string' && aud !== ''))
    throw new TypeError('audience: the identifier of this API is missing')
  if (options.jwksUri !== undefined && !safeUrl(options.jwksUri))
    throw new TypeError('jwksUri: neither an https URL nor http on loopback')
  return {
    issuer: options.issuer,
    audiences,
    algorithms: algorithmsOf(options.algorithms, 'algorithms'),
    tolerance: atLeast(0, options.tolerance ?? 5, 'tolerance'),
    jwksUri: options.jwksUri,
    keysUsableFor: atLeast(0, options.keysUsableFor ?? 86_400, 'keysUsableFor'),
    timeout: atLeast(0.001, options.timeout ?? 5, 'timeout'),
    rememberTokens: atLeast(0, options.rememberTokens ?? 10_000, 'rememberTokens'),
    policy: policyOf(options.whenListUnavailable),
    listOrigins: [issuer.origin, ...(options.listOrigins ?? []).map((url) => originOf(url, 'listOrigins'))],
    maxListEntries: atLeast(8, options.maxListEntries ?? 2 ** 22, 'maxListEntries'),
    maxLists: atLeast(1, options.maxLists ?? 32, 'maxLists'),
    prefetchLists: options.prefetchLists ?? false,
    push: options.push,
    certificate: options.certificate,
    resourceMetadata: options.resourceMetadata,
    onRefusal: options.onRefusal ?? (() => {}),
    onFault: options.onFault ?? (() => {}),
    offersDpop: options.dpop !== undefined,
    dpop: {
      required: dpop.required ?? false,
      algorithms: algorithmsOf(dpop.algorithms, 'dpop.algorithms'),
      publicUrl: publicUrlOf(dpop.publicUrl, audiences),
      maxAge: atLeast(1, dpop.maxAge ?? 60, 'dpop.maxAge'),
      nonces: noncesOf(dpop.nonces),
      maxProofs: atLeast(1, dpop.maxProofs ?? 100_000, 'dpop.maxProofs'),
    },
  }
}

function noncesOf(nonces: Nonces | undefined): Nonces | undefined {
  if (nonces?.lifetime !== undefined) atLeast(1, nonces.lifetime, 'dpop.nonces.lifetime')
  return nonces
}

function algorithmsOf(asked: readonly Algorithm[] | undefined, name: string): readonly Algorithm[] {
  if (asked === undefined) return usualAlgorithms
  const foreign = asked.find((alg) => !isAlgorithm(alg))
  if (foreign !== undefined || asked.length === 0)
    throw new TypeError(`${name}: ${foreign ?? 'none'} is not accepted`)
  return asked
}

function atLeast(least: number, value: number, name: string): number {
  if (!(value >= least)) throw new TypeError(`${name}: ${value} is no number from ${least} on`)
  return value
}

function policyOf(policy: ListPolicy = 'until-exp'): ListPolicy {
  if (!['until-exp', 'refuse', 'allow'].includes(policy))
    throw new TypeError(`whenListUnavailable: ${policy} is not until-exp, refuse or allow`)
  return policy
}

function originOf(url: string, name: string): string {
  const { origin } = safeUrl(url) ?? {}
  if (origin === undefined) throw new TypeError(`${name}: ${url} is neither https nor http on loopback`)
  return origin
}

function publicUrlOf(url: string | undefined, audiences: readonly string[]): URL | undefined {
  if (url !== undefined && !(URL.canParse(url) && /^https?:\/\//i.test(url)))
    throw new TypeError(`dpop.publicUrl: ${url} is not an absolute http or https URL`)
  if (url !== undefined) return new URL(url)
  const [audience] = audiences.filter((aud) => /^https?:/.test(aud) && URL.canParse(aud))
  return audience === undefined ? undefined : new URL(new URL(audience).origin)
}
