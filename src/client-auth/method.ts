// Owns the shape of a client authentication method: what it claims of a request, and how it is proven.
import type { Deps } from '../deps.js'
import type { Params } from '../protocol/params.js'

export type ClientAuthRequest = {
  /** The Authorization header as it came. */
  readonly authorization: string | undefined
  /** The form body. */
  readonly params: Params
  /** What the sender is counted by when authentication fails. */
  readonly address: () => string
}

export type Credential = { readonly clientId: string; readonly secret?: string }

export type ClientAuth = {
  /** What the request offers by this method, undefined when it does not use it. */
  claim(request: ClientAuthRequest): Credential | undefined
  /** Takes as long for a client that does not exist (TK04). */
  verify(credential: Credential, deps: Deps): Promise<boolean>
}
