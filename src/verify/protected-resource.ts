// Owns the metadata of a protected resource (RFC 9728): the document, and where it has to be.

export type ProtectedResourceOptions = {
  /** The identifier of the API: an https URL, without a fragment. */
  readonly resource: string
  readonly authorizationServers: readonly string[]
  readonly scopes?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly documentation?: string | undefined
  /** Whether tokens without a proof are refused, as with `dpop.required`. */
  readonly dpopRequired?: boolean | undefined
  readonly dpopAlgorithms?: readonly string[] | undefined
  readonly certificateRequired?: boolean | undefined
}

/** RFC 9728 2. */
export type ProtectedResourceMetadata = {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
  readonly scopes_supported?: readonly string[]
  readonly resource_name?: string
  readonly resource_documentation?: string
  readonly dpop_bound_access_tokens_required?: true
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly tls_client_certificate_bound_access_tokens?: true
}

/** @throws TypeError when there is no server, or the resource is no URL that could have metadata */
export function protectedResourceMetadata(options: ProtectedResourceOptions): ProtectedResourceMetadata {
  const { resource, authorizationServers, scopes, name, documentation, dpopAlgorithms } = options
  metadataUrl(resource)
  if (authorizationServers.length === 0) throw new TypeError('authorizationServers: none')
  return {
    resource,
    authorization_servers: authorizationServers,
    bearer_methods_supported: ['header'],
    ...(scopes && { scopes_supported: scopes }),
    ...(name !== undefined && { resource_name: name }),
    ...(documentation !== undefined && { resource_documentation: documentation }),
    ...(options.dpopRequired && { dpop_bound_access_tokens_required: true as const }),
    ...(dpopAlgorithms && { dpop_signing_alg_values_supported: dpopAlgorithms }),
    ...(options.certificateRequired && { tls_client_certificate_bound_access_tokens: true as const }),
  }
}

/** The well-known name between host and path (RFC 9728 3.1). @throws TypeError for what is no such resource */
export function metadataUrl(resource: string): string {
  if (!URL.canParse(resource) || !/^https?:/.test(resource) || resource.includes('#'))
    throw new TypeError(`resource: ${resource} is no http URL without a fragment`)
  const { origin, pathname, search } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}${search}`
}

/** The answer to a GET of the metadata, open to every origin: it holds nothing but public facts. */
export function metadataAnswer(metadata: ProtectedResourceMetadata) {
  const { pathname } = new URL(metadataUrl(metadata.resource))
  const headers = {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'cache-control': 'public, max-age=300',
  }
  return { pathname, headers, body: JSON.stringify(metadata) }
}
