// Owns what is known of issuers whose word is taken, about a person (RFC 7523 2.1, ID-JAG) or about an app (RFC 7591
// 2.3): their keys, and how far it goes.
import { z } from 'zod'
import { publicKeyAlgs } from './client-assertion.js'
import { remoteUri } from './client-url.js'
import { jwkSet } from './jwks.js'
import { checkResourceIdentifier } from './resource-identifier.js'
import { isScopeToken } from './scope.js'

const assertionKinds = ['jwt', 'id-jag'] as const
/** What says who a person is: a plain assertion (RFC 7523 2.1), or one of the identity assertion grant. */
export type AssertionKind = (typeof assertionKinds)[number]

/** What is taken of an issuer. */
export const acceptedKinds = [...assertionKinds, 'software-statement'] as const

export const personKeys = ['email', 'username', 'sub'] as const

const texts = z.array(z.string().min(1).max(2048)).min(1).max(100)

const rules = z.strictObject({
  jwks: jwkSet.optional(),
  jwks_uri: remoteUri.optional(),
  accepts: z.array(z.enum(acceptedKinds)).min(1),
  algorithms: z.array(z.enum(publicKeyAlgs)).min(1).optional(),
  /** Who may come with its assertions about people. */
  clients: texts.optional(),
  /** For which APIs, and for which of their scopes. */
  resources: texts.optional(),
  scope: z.array(z.string().max(200).refine(isScopeToken, 'is no scope name')).max(100),
  /** Which member of an account a claim names. Without it nobody is known, and everything refused. */
  person: z.enum(personKeys).optional(),
  /** The claim; unless said `email` for `email`, else `sub`. */
  claim: z.string().min(1).max(200).optional(),
})

export type IssuerRules = z.infer<typeof rules>

export type TrustedIssuer = {
  /** The `iss` of what it signs, byte for byte. */
  readonly issuer: string
  readonly rules: IssuerRules
  readonly disabled: boolean
  /** Epoch seconds. */
  readonly createdAt: number
}

/** The rules, or everything that is wrong with them, in words. */
export function readIssuerRules(
  issuer: string,
  input: Record<string, unknown>,
): { rules: IssuerRules } | { faults: string[] } {
  const parsed = rules.safeParse(input)
  const fault = checkResourceIdentifier(issuer)
  const aboutPeople = parsed.data?.accepts.some((kind) => kind !== 'software-statement')
  const faults = [
    ...(fault === undefined ? [] : [`issuer: ${fault}`]),
    ...(parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []),
    ...((input.jwks === undefined) === (input.jwks_uri === undefined)
      ? ['jwks: either the keys or jwks_uri is needed']
      : []),
    ...(['clients', 'resources'] as const)
      .filter((member) => aboutPeople && parsed.data?.[member] === undefined)
      .map((member) => `${member}: at least one is needed for assertions about people`),
  ]
  return parsed.success && faults.length === 0 ? { rules: parsed.data } : { faults }
}
