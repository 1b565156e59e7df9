// Owns what both kinds of client assertion share: the claim, the checks of RFC 7523 3, and that each works once.

import { type ForeignJwt, readForeignJwt, timeFault, typeOf, useOf } from '../crypto/foreign-jwt.js'
import type { Deps } from '../deps.js'
import type { Client, ClientAuthMethod } from '../protocol/client.js'
import { isFapiClient, maxAssertionLifetime } from '../protocol/client-assertion.js'
import { issuerUrl } from '../protocol/issuer.js'
import { isTime } from '../protocol/json.js'
import { isTrusted } from '../protocol/trusted-client.js'
import type { ClientAuth, ClientAuthRequest, Credential } from './method.js'

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Seconds that libraries set `iat` back against clocks that differ; they are not part of the lifetime. */
const backdated = 120

/** Unsaid, or said as draft-ietf-oauth-rfc7523bis has it: no other JWT may pass for one (RFC 8725 3.11). */
const types = ['jwt', 'client-authentication+jwt']

type Verify = (
  assertion: ForeignJwt,
  client: Client,
  deps: Deps,
  request: ClientAuthRequest,
) => Promise<boolean>

/**
 * A method by which clients sign an assertion. The signature comes last but for the one-time check: keys are not
 * fetched for what is refused anyway, and nothing is spent by somebody else's guess.
 */
export function assertionMethod(
  method: Extract<ClientAuthMethod, `${string}_jwt`>,
  signingAlgs: NonNullable<ClientAuth['signingAlgs']>,
  isSigned: Verify,
): ClientAuth {
  return {
    signingAlgs,
    claim: (request) => claim(request, method === 'client_secret_jwt'),
    async verify({ assertion }, found, deps, request) {
      if (!assertion) return 'no assertion that can be read, or of another type'
      const client = await found
      if (!client || client.disabled || client.metadata.token_endpoint_auth_method !== method)
        return 'this method is not for it'
      const fault = headerFault(assertion, client, signingAlgs) ?? claimsFault(assertion.claims, client, deps)
      if (fault !== undefined) return fault
      if (!(await isSigned(assertion, client, deps, request)))
        return 'the signature of the assertion is wrong'
      const [use, until] = useOf('client assertion', client.id, assertion)
      const origin = isTrusted(client) ? 'trusted' : { address: request.address() }
      const isFirst = await deps.store.replay.once(use, until, origin)
      return isFirst ? undefined : 'the assertion was used before'
    },
  }
}

/** Nothing but the algorithm tells the two methods apart; what has none is the one with public keys. */
function claim({ params, address }: ClientAuthRequest, symmetric: boolean): Credential | undefined {
  const text = params.get('client_assertion')
  const type = params.get('client_assertion_type')
  if (text === undefined && type === undefined) return undefined
  const assertion = text !== undefined && type === assertionType ? readForeignJwt(text) : undefined
  if (String(assertion?.header.alg).startsWith('HS') !== symmetric) return undefined
  const sub = assertion?.claims.sub
  const named = params.get('client_id')
  // No client has such an id, and no database has to be asked for it.
  if (typeof sub !== 'string' || !/^[!-~]{1,2048}$/.test(sub)) return { clientId: '' }
  // Two names in one request: neither is believed.
  return named === undefined || named === sub ? { clientId: sub, assertion, address } : { clientId: '' }
}

function headerFault(
  { header }: ForeignJwt,
  { metadata }: Client,
  signingAlgs: readonly string[],
): string | undefined {
  const { alg } = header
  const { token_endpoint_auth_signing_alg: only } = metadata
  const allowed = only === undefined ? signingAlgs : [only]
  if (typeof alg !== 'string' || !allowed.includes(alg)) return 'the assertion is signed by another algorithm'
  return types.includes(typeOf(header)) ? undefined : 'the assertion is a JWT of another type'
}

/** RFC 7523 3 with the audience of draft-ietf-oauth-rfc7523bis 4; times are epoch seconds. */
function claimsFault(claims: ForeignJwt['claims'], client: Client, deps: Deps): string | undefined {
  const { iss, sub, aud, jti } = claims
  if (iss !== client.id || sub !== client.id) return 'iss and sub of the assertion are not the client'
  if (!isForUs(aud, client, deps)) return audienceFault(aud, deps)
  const { client_assertion_max_lifetime: lifetime = maxAssertionLifetime } = client.metadata
  const fault = lifetimeFault(claims, deps.now(), lifetime)
  if (fault !== undefined) return fault
  if (typeof jti !== 'string' || jti === '' || jti.length > 512) return 'jti of the assertion is missing'
  return undefined
}

/** Many libraries name the token endpoint, so the log says what an administrator can do about it. */
function audienceFault(aud: unknown, { config }: Deps): string {
  const reason = 'aud of the assertion is not this issuer alone'
  const named: unknown[] = [aud].flat()
  return named.includes(issuerUrl(config.issuer, '/token'))
    ? `${reason}; accept_token_endpoint_audience=true lets this client name the token endpoint`
    : reason
}

function lifetimeFault(claims: ForeignJwt['claims'], now: number, longestLife: number): string | undefined {
  const { iat } = claims
  const isBackdated = isTime(iat) && iat < now && iat >= now - backdated
  return timeFault(isBackdated ? { nbf: iat, ...claims, iat: now } : claims, now, longestLife)
}

/**
 * The issuer, and nothing beside it: another server could have named our token endpoint as its own, and would hold
 * an assertion that we believe (TK09). Libraries send it as a list of one, too, which FAPI does not allow. A client
 * registered for it may name the token endpoint, or both.
 */
function isForUs(aud: unknown, { metadata }: Client, { config }: Deps): boolean {
  const ours: unknown[] = [config.issuer]
  if (metadata.accept_token_endpoint_audience === true) ours.push(issuerUrl(config.issuer, '/token'))
  const named: unknown[] = Array.isArray(aud) && !isFapiClient(metadata) ? aud : [aud]
  return named.length > 0 && named.every((one) => ours.includes(one))
}
