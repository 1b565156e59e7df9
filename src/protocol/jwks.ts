// Owns the public keys of others: what a JWK Set may hold for us to verify with it (RFC 7517 4, 5; RFC 7518 6).
import { z } from 'zod'
import { parseObject } from './json.js'
import { importAnyKey, secretParts } from './jwk.js'

/** The curves of keys that we verify with, and RSA, which has none. */
const kinds = ['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA']

const integer = z.string().regex(/^[A-Za-z0-9_-]{1,1000}$/, 'is not base64url of a usual length')

const described = {
  kid: z.string().min(1).max(256).optional(),
  use: z.enum(['sig', 'enc']).optional(),
  alg: z.string().max(32).optional(),
  key_ops: z.array(z.string().max(32)).max(8).optional(),
}

const publicJwk = z
  .discriminatedUnion('kty', [
    z.object({
      kty: z.literal('EC'),
      crv: z.enum(['P-256', 'P-384', 'P-521']),
      x: integer,
      y: integer,
      ...described,
    }),
    z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: integer, ...described }),
    z.object({ kty: z.literal('RSA'), n: integer, e: integer, ...described }),
  ])
  .superRefine((jwk, context) => {
    const imported = importAnyKey(jwk)
    if ('fault' in imported) context.addIssue({ code: 'custom', message: imported.fault })
  })

/** Without members that no key of its type has: what is kept is what was looked at. */
export const jwkSet = z.object({
  keys: z
    .array(
      z
        .record(z.string(), z.unknown())
        .refine((jwk) => !holdsSecret(jwk), 'is not a public key alone')
        .pipe(publicJwk),
    )
    .min(1)
    .max(32)
    .refine((keys) => !repeatsKid(keys), 'has two keys with one kid'),
})

export type JwkSet = z.infer<typeof jwkSet>

/**
 * Reads a JWK Set that somebody publishes. Keys of a type or curve that we do not use are passed over (RFC 7517 5);
 * one bad key among the others makes the set unusable, as does one that should be secret.
 * @returns the keys, or what is wrong with them, for the log
 */
export function readJwkSet(text: string): JwkSet | { readonly fault: string } {
  const keys = parseObject(text)?.keys
  if (!Array.isArray(keys)) return { fault: 'it is not a JWK Set' }
  const parsed = jwkSet.safeParse({ keys: keys.filter((key) => isOurs(key) || holdsSecret(key)) })
  if (parsed.success) return parsed.data
  return { fault: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') }
}

/** Whether a key is of a type that we verify with. What is no key at all is left for the schema to refuse. */
function isOurs(key: unknown): boolean {
  const { kty, crv } = Object(key)
  if (typeof kty !== 'string') return true
  return kinds.includes(kty === 'RSA' ? kty : crv)
}

function holdsSecret(key: unknown): boolean {
  return secretParts.some((member) => Object.hasOwn(Object(key), member))
}

function repeatsKid(keys: readonly { readonly kid?: string | undefined }[]): boolean {
  const kids = keys.flatMap(({ kid }) => kid ?? [])
  return new Set(kids).size < kids.length
}
