// Which access tokens UserInfo takes (OIDC Core 5.3, RFC 9068 4).
import type { Client } from './client.js'

/**
 * Whether UserInfo takes tokens of this client whose audience is an API (RFC 9068 4 has it refuse them). Older apps use
 * one token for both; what an API is shown must not open UserInfo for it where no administrator has said so.
 */
export function mayShowApiToken({ verified, metadata }: Client): boolean {
  return verified && metadata.userinfo_with_api_token !== false
}
