// Whether a client is registered as it was before.
import { isDeepStrictEqual } from 'node:util'
import type { Client } from '../protocol/client.js'

type Registration = Pick<Client, 'kind' | 'metadata'>

/** @param stored as a database returns it: without the members that are undefined, in any order */
export function isSameRegistration({ kind, metadata }: Registration, stored: Registration): boolean {
  return kind === stored.kind && isDeepStrictEqual(JSON.parse(JSON.stringify(metadata)), stored.metadata)
}
