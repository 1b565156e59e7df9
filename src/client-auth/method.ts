// Owns the shape of a client authentication method: what it claims of a request, and how it is proven.
import type { ForeignJwt } from '../crypto/foreign-jwt.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import type { AssertionAlg } from '../protocol/client-assertion.js'
import type { Params } from '../protocol/params.js'

export type ClientAuthRequest = {
  /** The Authorization header as it came. */
  readonly authorization: string | undefined
  /** The form body. */
  readonly params: Params
  /** What the sender is counted by, where something is limited by client address. */
  readonly address: () => string
}

export type Credential = {
  readonly clientId: string
  readonly secret?: string
  readonly assertion?: ForeignJwt | undefined
  /** Of the sender, for what an assertion leaves when it is used. */
  readonly address?: () => string
}

export type ClientAuth = {
  /** What the request offers by this method, undefined when it does not use it. */
  claim(request: ClientAuthRequest): Credential | undefined
  /**
   * Why it is not proven, for the log; undefined when it is. `client` is the one of that id, on its way; guessing
   * secrets takes as long when there is none (TK04). `request` is what the credential came with.
   * @throws OAuthError when it cannot be told now
   */
  verify(
    credential: Credential,
    client: Promise<Client | undefined>,
    deps: Deps,
    request: ClientAuthRequest,
  ): Promise<string | undefined>
  /** The algorithms that a client may sign with, where it signs. */
  readonly signingAlgs?: readonly AssertionAlg[]
}
