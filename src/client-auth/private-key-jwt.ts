// Owns private_key_jwt: an assertion signed with a key of which the client has registered the public half (OIDC Core 9).
import { isSignedBy } from '../crypto/foreign-signature.js'
import { publicKeyAlgs } from '../protocol/client-assertion.js'
import { assertionMethod } from './assertion.js'

export const privateKeyJwt = assertionMethod(
  'private_key_jwt',
  publicKeyAlgs,
  (assertion, { metadata }, { remoteJwks }) =>
    isSignedBy(assertion, { is: 'client', ...metadata }, remoteJwks),
)
