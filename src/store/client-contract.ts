// The part of the store's contract that is about clients, and about those that an administrator has denied.
import type { Client, ClientKind, ClientMetadata } from '../protocol/client.js'
import type { ClientSecret, Origin, Page } from './rows.js'

export type Clients = {
  find(id: string): Promise<Client | undefined>
  /**
   * False if the id is taken.
   * @param expiry of one that registered itself: epoch seconds, and who asks for the row
   */
  create(client: Client, expiry?: { readonly at: number; readonly origin: Origin }): Promise<boolean>
  /** Sets when it may be forgotten. A user has let it in, so it no longer counts as unproven. */
  prolong(id: string, expiresAt: number): Promise<void>
  /** Whether no user has let it in yet. */
  isUnproven(id: string): Promise<boolean>
  /** Counts anew what an unproven one costs. */
  recount(client: Client, expiry: { readonly at: number; readonly origin: Origin }): Promise<void>
  /** Removes at most `limit` that could be forgotten before then; answers how many went. */
  removeExpired(before: number, limit: number): Promise<number>
  update(edit: ClientEdit): Promise<boolean>
  /** Compare-and-set on `ownGrantId`: the client's own tokens belong to the grant `to` from now on. */
  adoptGrant(id: string, from: string, to: string): Promise<boolean>
  /**
   * Either way all it held is gone for good, grants, device requests and pushed ones: nothing comes back with it. Nor
   * is it forgotten any more, since an administrator has judged it.
   */
  setDisabled(id: string, disabled: boolean, at: number): Promise<boolean>
  /** Ends what a client was given, and what it has asked for that nobody has answered. */
  endAll(id: string, at: number, reason: string): Promise<void>
  /** Removes secrets, consents and interactions too; its grants are revoked and kept until they expire. */
  remove(id: string, at: number): Promise<boolean>
  list(page: Page): Promise<Client[]>
  /** The secrets that are valid at `now`, newest first. */
  secrets(clientId: string, now: number): Promise<{ id: string; hash: string }[]>
  addSecret(secret: ClientSecret): Promise<void>
  /** Lets every secret but one end at `at`, unless it ends sooner. */
  expireSecrets(clientId: string, exceptId: string, at: number): Promise<void>
}

export type ClientEdit = {
  readonly id: string
  readonly kind?: ClientKind | undefined
  readonly metadata: ClientMetadata
  readonly ownGrantId?: string | undefined
  readonly updatedAt: number
}

/** What an administrator has disabled of clients that register themselves: one by its id, or all at a host. */
export type DeniedClient = {
  readonly kind: 'id' | 'host'
  readonly value: string
  readonly createdAt: number
}

export type DeniedClients = {
  /** The whole list, as long as administrators have made it. The same array until the list changes. */
  all(): Promise<readonly DeniedClient[]>
  /** False if it is there. */
  add(entry: DeniedClient): Promise<boolean>
  /** False if it is not there. */
  remove(entry: Pick<DeniedClient, 'kind' | 'value'>): Promise<boolean>
}
