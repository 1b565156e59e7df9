// The suite's configuration of a plan: where Grantor is, with which clients, and what the browser does.

import { type Account, type BrowserRule, browserRules } from './browser-commands.js'
import type { ExportedClient } from './clients.js'
import type { Plan } from './plans.js'

/** Members of our metadata that the suite does not know: draft-ietf-oauth-identity-assertion-authz-grant. */
const furtherMetadata = [
  'authorization_grant_profiles_supported',
  'identity_chaining_requested_token_types_supported',
]

export function configurationOf(
  plan: Plan,
  issuer: string,
  account: Account,
  clients: ExportedClient[],
  resourceUrl: string,
) {
  const { browser, override, errorPage } = browserRules(issuer, account)
  const registered = plan.clients.kind === 'registered'
  const overrides: Record<string, { browser: BrowserRule[] }> = {
    ...override,
    ...(registered && { 'oidcc-response-type-missing': { browser: [errorPage] } }),
  }
  const [client = { client_name: 'Conformance 1' }, client2 = { client_name: 'Conformance 2' }, post] =
    clients
  return {
    alias: plan.name,
    description: 'Grantor',
    server: {
      discoveryUrl: `${issuer}/.well-known/openid-configuration`,
      login_hint: account.username,
      allow_unexpected_metadata_fields: furtherMetadata,
    },
    client,
    client2,
    ...(post && { client_secret_post: post }),
    resource: { resourceUrl },
    browser,
    override: overrides,
  }
}
