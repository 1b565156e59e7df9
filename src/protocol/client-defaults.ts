// Default metadata for each kind of client.
import type { ClientKind, ClientMetadataInput } from './client.js'
import { deviceCodeType } from './grant-type.js'

/** What a kind of client is registered with unless it says otherwise; the name is always its own. */
export function defaultMetadata(kind: ClientKind): Omit<ClientMetadataInput, 'client_name'> {
  if (kind === 'service') {
    return {
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      response_types: [],
      application_type: 'web',
    }
  }
  if (kind === 'device') {
    return {
      token_endpoint_auth_method: 'none',
      grant_types: [deviceCodeType, 'refresh_token'],
      response_types: [],
      application_type: 'native',
    }
  }
  return {
    token_endpoint_auth_method: kind === 'web' ? 'client_secret_basic' : 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: kind === 'native' ? 'native' : 'web',
  }
}
