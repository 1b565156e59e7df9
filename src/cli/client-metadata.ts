// Owns how options of the command line become registration metadata (RFC 7591 2).
import type { Command } from 'commander'
import {
  type ClientKind,
  type ClientMetadata,
  clientAuthMethods,
  clientMetadata,
  parseClientMetadata,
} from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { jsonPair } from './pairs.js'
import { collect, oneOf, WrongUsage } from './verb.js'

export type MetadataOptions = {
  name?: string
  redirectUri?: string[]
  postLogoutRedirectUri?: string[]
  scope?: string
  authMethod?: string
  resource?: string[]
  set?: string[]
  unset?: string[]
}

export function metadataOptions(command: Command): Command {
  return command
    .option('--redirect-uri <uri>', 'where people come back to; repeatable', collect)
    .option(
      '--post-logout-redirect-uri <uri>',
      'where people come back to after sign-out; repeatable',
      collect,
    )
    .option('--scope <scopes>', 'the only scopes it may ask for, separated by spaces')
    .option('--auth-method <method>', `one of ${clientAuthMethods.join(', ')}`, oneOf(clientAuthMethods))
    .option('--resource <identifier>', 'the only APIs it may ask for; repeatable', collect)
    .option('--set <key=json>', 'any other registration metadata member; repeatable', collect)
}

/** The members that the options name; those left out keep what they are. */
export function membersOf(options: MetadataOptions): Record<string, unknown> {
  const named = {
    client_name: options.name,
    redirect_uris: options.redirectUri,
    post_logout_redirect_uris: options.postLogoutRedirectUri,
    scope: options.scope,
    token_endpoint_auth_method: options.authMethod,
    resources: options.resource,
  }
  const pairs = [
    ...(options.set ?? []).map(jsonPair),
    ...(options.unset ?? []).map((key) => [key, null] as const),
  ]
  const unknown = pairs.find(([key]) => !Object.hasOwn(clientMetadata.shape, key))
  if (unknown !== undefined) {
    const known = Object.keys(clientMetadata.shape).join(', ')
    throw new WrongUsage(`There is no member ${unknown[0]} that this server acts on; there are: ${known}`)
  }
  const given = Object.entries(named).filter(([, value]) => value !== undefined)
  return Object.fromEntries([...given, ...pairs])
}

/** @throws WrongUsage naming every fault */
export function checked(kind: ClientKind, members: Record<string, unknown>): ClientMetadata {
  try {
    return parseClientMetadata(kind, members)
  } catch (error) {
    if (error instanceof OAuthError) throw new WrongUsage(error.description)
    throw error
  }
}
