// What `grantor client` says on standard error about a client that it has created or changed.
import type { Client } from '../protocol/client.js'
import { whyNotOpen } from '../protocol/permitted-resource.js'
import { requiresPkce } from '../protocol/pkce.js'
import { includesResource } from '../protocol/resource-identifier.js'
import type { Work } from './work.js'

/** RFC 9700 4.5.3.2: what is left to an app without PKCE. */
export const noPkceWarning =
  'Warning: with require_pkce=false, only an app that checks the nonce of the ID token is safe from an authorization' +
  ' code that an attacker injects (RFC 9700 4.5.3.2). Use PKCE if the app can.'

/** What an administrator should know about a client after creating or changing it. */
export async function notesOn(client: Client, work: Work): Promise<string[]> {
  return [...(await apiNotes(client, work)), ...(requiresPkce(client.metadata) ? [] : [noPkceWarning])]
}

/** An API may be registered after the client, or list it later; until then it is as good as mistyped. */
async function apiNotes(client: Client, { store, config }: Work): Promise<string[]> {
  const registered = await store.resources.all()
  const known = [config.issuer, ...registered.map(({ identifier }) => identifier)]
  return (client.metadata.resources ?? []).flatMap((identifier) => {
    if (!includesResource(known, identifier))
      return [`There is no API ${identifier} yet. (grantor resource create registers it.)`]
    const closed = whyNotOpen(identifier, { client, registered })
    return closed === undefined ? [] : [`${closed}.`]
  })
}
