// Owns the library's face, grantor/verify: what a service that receives access tokens needs.
export type { Algorithm } from '../protocol/jwk.js'
export type { AccessClaims, Actor, Confirmation, Requirements } from './claims.js'
export type { Nonces } from './dpop.js'
export type { FaultCode } from './fault.js'
export type { ListPolicy } from './lists.js'
export type { DpopOptions, VerifierOptions } from './options.js'
export {
  metadataUrl,
  type ProtectedResourceMetadata,
  type ProtectedResourceOptions,
  protectedResourceMetadata,
} from './protected-resource.js'
export type { PushCredentials } from './push.js'
export type { RequestLike } from './request.js'
export { TokenError } from './token-error.js'
export { createVerifier, type Verifier } from './verifier.js'
