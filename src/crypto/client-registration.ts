// Owns what registration gives out without keeping it: ids that hold the registration, and the secrets that go with an
// id.
import { hash, hkdfSync } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { sealedPrefix } from '../protocol/client-id.js'
import { type Random, sameText } from './handle.js'
import { decodeBase64url, seal, unseal } from './seal.js'
import type { Secrets } from './secrets.js'

/** Characters: addresses, rows and tokens carry it, and none of the clients in the field comes near it. */
const longestId = 1024
const mostBytes = 16_384
const sealing = 'client registration'
const inviting = 'initial access token'
const invitationPrefix = 'gi_'

/** What registrations mostly say, so that it takes next to nothing to say it. Another text voids every sealed id. */
const dictionary = Buffer.from(
  '"default_acr_values":"default_max_age":"require_auth_time":true,"initiate_login_uri":"contacts":["policy_uri":' +
    '"tos_uri":"logo_uri":"client_uri":"https://www..com/"backchannel_logout_uri":"post_logout_redirect_uris":[' +
    '"client_secret_post""client_secret_basic""application_type":"web""/auth/callback/api/oauth/callback"' +
    '"http://localhost:"http://127.0.0.1:"https://{"client":{"kind":"native","metadata":{"client_name":"",' +
    '"redirect_uris":["http://localhost:/callback"],"post_logout_redirect_uris":[],"token_endpoint_auth_method":' +
    '"none","grant_types":["authorization_code","refresh_token"],"response_types":["code"],"application_type":' +
    '"native","id_token_signed_response_alg":"RS256","skip_consent":false,"require_second_factor":false}},"iat":',
)

/** The client_id that holds this value (RFC 7591 appendix A.5.2); undefined where it would be too long. */
export function sealRegistration(secrets: Secrets, value: object, random: Random): string | undefined {
  const packed = deflateRawSync(JSON.stringify(value), { level: 9, dictionary })
  const id = sealedPrefix + seal(secrets.registration, sealing, packed, random).toString('base64url')
  return id.length <= longestId ? id : undefined
}

/** The value in a client_id that we made; undefined for any other text. */
export function unsealRegistration(secrets: Secrets, id: string): unknown {
  if (!id.startsWith(sealedPrefix) || id.length > longestId) return undefined
  const sealed = decodeBase64url(id.slice(sealedPrefix.length))
  const packed = sealed && unseal(secrets.registration, sealing, sealed)
  return packed && JSON.parse(inflateRawSync(packed, { dictionary, maxOutputLength: mostBytes }).toString())
}

/** The client_secret of a sealed registration. */
export function secretOfRegistration(secrets: Secrets, clientId: string): string {
  return derived(secrets, 'client_secret', clientId)
}

/** The registration_access_token of a client (RFC 7592 1.2). */
export function registrationToken(secrets: Secrets, clientId: string): string {
  return derived(secrets, 'registration_access_token', clientId)
}

export function isRegistrationToken(secrets: Secrets, clientId: string, token: string): boolean {
  return sameText(registrationToken(secrets, clientId), token)
}

/** An initial access token (RFC 7591 3): good for so many registrations until `exp`, epoch seconds. */
export type Invitation = {
  readonly id: string
  readonly exp: number
  readonly uses: number
  /** The apps may register with `require_pkce=false`. */
  readonly allowNoPkce?: boolean | undefined
}

export function makeInvitation(secrets: Secrets, invitation: Invitation, random: Random): string {
  const plain = Buffer.from(JSON.stringify(invitation))
  return invitationPrefix + seal(secrets.registration, inviting, plain, random).toString('base64url')
}

/** What we made; undefined for any other text. Whether it has expired or is used up is not looked at. */
export function readInvitation(secrets: Secrets, text: string): Invitation | undefined {
  if (!text.startsWith(invitationPrefix) || text.length > longestId) return undefined
  const sealed = decodeBase64url(text.slice(invitationPrefix.length))
  const plain = sealed && unseal(secrets.registration, inviting, sealed)
  return plain && (JSON.parse(plain.toString()) as Invitation)
}

function derived({ registration }: Secrets, purpose: string, clientId: string): string {
  const info = `${purpose} ${hash('sha256', clientId, 'base64url')}`
  return Buffer.from(hkdfSync('sha256', registration, '', info, 32)).toString('base64url')
}
