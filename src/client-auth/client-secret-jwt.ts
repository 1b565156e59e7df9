// Owns client_secret_jwt: an assertion with an HMAC under the client's secret (OIDC Core 9).
import { compactVerify } from 'jose'
import { knownClientSecret } from '../crypto/client-secret.js'
import { hmacAlgs } from '../protocol/client-assertion.js'
import { assertionMethod } from './assertion.js'

export const clientSecretJwt = assertionMethod(
  'client_secret_jwt',
  hmacAlgs,
  async ({ text }, { id: clientId }, { store, secrets, now }) => {
    for (const row of await store.clients.secrets(clientId, now())) {
      const secret = knownClientSecret(clientId, row, secrets)
      if (secret === undefined) continue
      const key = Buffer.from(secret)
      const algorithms = [...hmacAlgs]
      if (await compactVerify(text, key, { algorithms }).catch(() => undefined)) return true
    }
    return false
  },
)
