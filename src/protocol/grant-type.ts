// The grant types by their names on the wire (RFC 6749, RFC 7523, RFC 8628, RFC 8693).

export const tokenExchangeType = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const jwtBearerType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
export const deviceCodeType = 'urn:ietf:params:oauth:grant-type:device_code'
export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  deviceCodeType,
  tokenExchangeType,
  jwtBearerType,
] as const
export type GrantType = (typeof grantTypes)[number]
