// Owns client_secret_jwt: an assertion with an HMAC under the client's secret (OIDC Core 9).
import { compactVerify } from 'jose'
import { hmacAlgs } from '../protocol/client-assertion.js'
import { assertionMethod } from './assertion.js'

export const clientSecretJwt = assertionMethod(
  'client_secret_jwt',
  hmacAlgs,
  async ({ text }, { id }, { clients }) => {
    const algorithms = [...hmacAlgs]
    for (const secret of await clients.knownSecrets(id))
      if (await compactVerify(text, Buffer.from(secret), { algorithms }).catch(() => undefined)) return true
    return false
  },
)
