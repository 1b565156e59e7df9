// Owns private_key_jwt: an assertion signed with a key of which the client has registered the public half (OIDC Core 9).
import { isSignedBy } from '../crypto/foreign-signature.js'
import { publicKeyAlgs } from '../protocol/client-assertion.js'
import { requesterOf } from '../protocol/requester.js'
import { assertionMethod } from './assertion.js'

export const privateKeyJwt = assertionMethod(
  'private_key_jwt',
  publicKeyAlgs,
  (assertion, client, { remoteJwks }, { address }) =>
    isSignedBy(assertion, { is: 'client', ...client.metadata }, requesterOf(client, address), remoteJwks),
)
