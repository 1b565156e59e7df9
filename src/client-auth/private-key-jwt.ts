// Owns private_key_jwt: an assertion signed with a key of which the client has registered the public half (OIDC Core 9).
import { isSignedByOne } from '../crypto/foreign-signature.js'
import { publicKeyAlgs } from '../protocol/client-assertion.js'
import { assertionMethod } from './assertion.js'
import { keysOf } from './client-keys.js'

export const privateKeyJwt = assertionMethod(
  'private_key_jwt',
  publicKeyAlgs,
  async (assertion, client, deps) => {
    const keys = await keysOf(client, assertion.header.kid, deps)
    return isSignedByOne(assertion, keys, publicKeyAlgs)
  },
)
