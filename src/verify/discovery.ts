// Owns finding the issuer's metadata (RFC 8414 3, OIDC Discovery 4).
import { boundedGet, jsonObject } from './bounded-get.js'
import { quoted } from './fault.js'
import { safeUrl } from './url.js'
import type { World } from './world.js'

export type Metadata = {
  readonly jwksUri: string
  /** draft-ietf-oauth-status-list 9.1. */
  readonly statusListAggregation: string | undefined
}

const names = ['oauth-authorization-server', 'openid-configuration']
const maxBytes = 256 * 1024

/**
 * Where metadata may be: the well-known name between host and path (RFC 8414 3.1), or after the path, as
 * OpenID Connect has it. Without a path both are the same.
 */
export function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  const inserted = names.map((name) => `${origin}/.well-known/${name}${path}`)
  const appended = names.map((name) => `${origin}${path}/.well-known/${name}`)
  return [...new Set([...inserted, ...appended.reverse()])]
}

/** @throws Error that says which address failed, and how */
export async function discover(issuer: string, timeout: number, world: World): Promise<Metadata> {
  let fault: unknown
  for (const url of metadataUrls(issuer)) {
    const answer = await boundedGet(url, { accept: 'application/json', maxBytes, timeout }, world)
    try {
      return readMetadata(issuer, url, jsonObject(url, answer))
    } catch (error) {
      // Of several places the first that has something tells best what is wrong.
      if (fault === undefined || answer.status === 200) fault = error
      if (answer.status >= 500 || answer.status === 429) break
    }
  }
  throw fault
}

function readMetadata(issuer: string, url: string, metadata: Record<string, unknown>): Metadata {
  const { jwks_uri, status_list_aggregation_endpoint: lists } = metadata
  // RFC 8414 3.3: byte for byte, else another server's keys would speak for this one.
  if (metadata.issuer !== issuer)
    throw new Error(`GET ${url}: its issuer is ${quoted(metadata.issuer)}, not ${issuer}`)
  if (typeof jwks_uri !== 'string' || !safeUrl(jwks_uri))
    throw new Error(`GET ${url}: jwks_uri is missing, or neither https nor loopback`)
  if (lists !== undefined && !safeUrl(lists))
    throw new Error(`GET ${url}: status_list_aggregation_endpoint is neither https nor loopback`)
  return { jwksUri: jwks_uri, statusListAggregation: lists as string | undefined }
}
