// The contract of the store about pushed authorization requests (RFC 9126).
import type { Origin } from './rows.js'

/** An authorization request that an app has sent by itself (RFC 9126), under the secret half of its handle. */
export type PushedRequest = {
  readonly id: string
  readonly clientId: string
  readonly hash: string
  /** As they came in the form, without what authenticates. */
  readonly params: string
  readonly expiresAt: number
}

export type PushedRequests = {
  create(request: PushedRequest, origin: Origin): Promise<void>
  find(id: string): Promise<PushedRequest | undefined>
  remove(id: string): Promise<void>
  removeByClient(clientId: string): Promise<void>
}
