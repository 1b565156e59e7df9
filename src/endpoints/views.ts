// Owns how clients, people and scopes are described to pages.
import type { Context } from 'hono'
import { parseAccept } from 'hono/utils/accept'
import type { Deps } from '../deps.js'
import type { Messages } from '../pages/messages/en.js'
import type { AccountView, AppView, Frame, PageAction, ScopeView } from '../pages/props.js'
import type { Client } from '../protocol/client.js'
import { originOf } from '../protocol/client-id.js'
import { product } from '../protocol/product.js'
import { redirectDestination } from '../protocol/redirect-uri.js'
import type { Resource } from '../protocol/resource.js'
import { isOidcScope } from '../protocol/scope.js'
import type { User } from '../protocol/user.js'

/** To look at every one of thousands of languages takes longer than all the rest (HT13). */
const mostLocales = 10
const longestHeader = 1024

/** @param uiLocales what the request asked for (OIDC Core 3.1.2.1), best first; the browser's follow */
export function frameOf(c: Context, deps: Deps, uiLocales: readonly string[] = []): Frame {
  const header = c.req.header('accept-language') ?? ''
  const accepted = parseAccept(header.slice(0, longestHeader)).map(({ type }) => type)
  return {
    product,
    base: deps.config.issuerPath,
    locales: [uiLocales, accepted.filter((tag) => tag !== '*')].flatMap((tags) => tags.slice(0, mostLocales)),
  }
}

/**
 * The host is the one that the app's document is from, or the client's own where an administrator vouches for it, else
 * the one that it is answered at. `uri` is its home, for a link: none of an app that nobody has checked (RU11).
 */
export function appOf(client: Client): AppView & { uri?: string | undefined } {
  const { client_name, client_uri, redirect_uris } = client.metadata
  const uri = client.verified ? client_uri : undefined
  if (originOf(client.id) === 'document') {
    return { name: client_name, host: new URL(client.id).host, verified: client.verified, uri }
  }
  const [at = ''] = uri === undefined ? redirect_uris : [uri]
  const host = at === '' ? client.id : redirectDestination({ uri: at }).text
  return { name: client_name, host, verified: client.verified, uri }
}

/**
 * Where a person can begin anew when nothing else is left: the app's sign-in, which is told who sends them
 * (OIDC Core 4), else its home. Not of an app that nobody has checked: a page of ours would lead wherever it says.
 */
export function wayBack({ metadata, verified }: Client, { config }: Deps): string | undefined {
  if (!verified) return undefined
  if (metadata.initiate_login_uri === undefined) return metadata.client_uri
  const url = new URL(metadata.initiate_login_uri)
  url.searchParams.set('iss', config.issuer)
  return url.href
}

/** The same as a link for a page of ours; none where there is no such place. */
export function backActions(m: Messages, deps: Deps, client: Client | undefined): PageAction[] {
  const href = client && wayBack(client, deps)
  return client && href !== undefined
    ? [{ label: m.actions.backToApp(client.metadata.client_name), href }]
    : []
}

export function accountOf(user: User): AccountView {
  return { username: user.username, name: user.claims.name, email: user.email }
}

/**
 * Scopes in words, by API: the server's own first, then each resource with its own. A scope that no longer
 * belongs anywhere is shown by its name under the first of them.
 */
export function scopeGroups(
  scope: readonly string[],
  resources: readonly Resource[],
  isNew: readonly string[] = [],
): { api?: string | undefined; scopes: ScopeView[] }[] {
  const own = scope.filter(isOidcScope).map((name) => ({ name, isNew: isNew.includes(name) }))
  const apis = resources.map(({ name: api, scopes }) => ({
    api,
    scopes: scopes
      .filter(({ name }) => scope.includes(name))
      .map(({ name, description }) => ({ name, description, isNew: isNew.includes(name) })),
  }))
  const named = new Set([...own, ...apis.flatMap(({ scopes }) => scopes)].map(({ name }) => name))
  const lost = scope.filter((name) => !named.has(name)).map((name) => ({ name, isNew: isNew.includes(name) }))
  const general = [...own, ...lost]
  // An API that is asked for without a scope is asked for nevertheless: its tokens carry the user's name.
  return [...(general.length > 0 ? [{ scopes: general }] : []), ...apis]
}
