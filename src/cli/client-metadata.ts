// Owns how options of the command line become registration metadata (RFC 7591 2).
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import {
  type ClientKind,
  type ClientMetadata,
  clientAuthMethods,
  clientMetadata,
  parseClientMetadata,
} from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { isStorableJson, unstorable } from '../protocol/json.js'
import { textPair, valuePair } from './pairs.js'
import { collect, oneOf, WrongUsage } from './verb.js'

export type MetadataOptions = {
  name?: string
  redirectUri?: string[]
  postLogoutRedirectUri?: string[]
  backChannelLogoutUri?: string
  frontChannelLogoutUri?: string
  scope?: string
  authMethod?: string
  jwks?: string
  jwksUri?: string
  resource?: string[]
  exchangeFor?: string[]
  exchangeScope?: string
  impersonate?: boolean
  idJag?: string[]
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
    .option('--back-channel-logout-uri <uri>', 'where it is told by us that somebody has signed out')
    .option('--front-channel-logout-uri <uri>', 'its page that the browser opens when somebody signs out')
    .option('--scope <scopes>', 'the only scopes it may ask for, separated by spaces')
    .option('--auth-method <method>', `one of ${clientAuthMethods.join(', ')}`, oneOf(clientAuthMethods))
    .option('--jwks <file>', 'its public keys, a JWK Set')
    .option('--jwks-uri <uri>', 'where it publishes its keys')
    .option('--resource <identifier>', 'the only APIs it may ask for; repeatable', collect)
    .option('--exchange-for <identifier>', 'APIs that it may exchange tokens for; repeatable', collect)
    .option('--exchange-scope <scopes>', 'scopes that those tokens may have beyond the exchanged one')
    .option('--impersonate', 'let it exchange tokens without an actor_token')
    .option('--no-impersonate', 'no longer')
    .option(
      '--id-jag <issuer=client_id>',
      'servers that it may take our word about a person to, and its client_id there; repeatable',
      collect,
    )
    .option(
      '--set <key=value>',
      'any other registration metadata member, as text or JSON; repeatable',
      collect,
    )
}

/** The members that the options name; those left out keep what they are. */
export function membersOf(options: MetadataOptions): Record<string, unknown> {
  const named = {
    client_name: options.name,
    redirect_uris: options.redirectUri,
    post_logout_redirect_uris: options.postLogoutRedirectUri,
    backchannel_logout_uri: options.backChannelLogoutUri,
    frontchannel_logout_uri: options.frontChannelLogoutUri,
    scope: options.scope,
    token_endpoint_auth_method: options.authMethod,
    resources: options.resource,
    // Either, so one takes the place of the other.
    jwks: options.jwks === undefined ? options.jwksUri && null : readJson(options.jwks),
    jwks_uri: options.jwksUri ?? (options.jwks && null),
    token_exchange_audiences: options.exchangeFor,
    token_exchange_scope: options.exchangeScope,
    token_exchange_impersonation: options.impersonate,
    id_jag_audiences: options.idJag && Object.fromEntries(options.idJag.map(textPair)),
  }
  const pairs = [
    ...(options.set ?? []).map(valuePair),
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

export function readJson(file: string): unknown {
  try {
    const text = readFileSync(file, 'utf8')
    if (!isStorableJson(text)) throw new Error(`it holds ${unstorable}`)
    return JSON.parse(text)
  } catch (error) {
    throw new WrongUsage(`--jwks: ${file} holds no JSON that can be read: ${(error as Error).message}`)
  }
}
