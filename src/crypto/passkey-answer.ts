// Owns the reading of what a browser answers when it made or used a passkey: JSON from anybody, nothing proven.
import { z } from 'zod'
import { isStorableJson } from '../protocol/json.js'

const bytes = z.string().regex(/^[A-Za-z0-9_-]{1,8192}$/)
/** At most 1023 bytes (7.1). */
const credentialId = z.string().regex(/^[A-Za-z0-9_-]{1,1364}$/)
/** Our pages are never inside another's, so an answer from there was not asked for by us (7.1, 7.2). */
const clientData = z.object({ challenge: bytes, crossOrigin: z.literal(false).optional() })
const common = { id: credentialId, rawId: credentialId, type: z.literal('public-key') }
const extensions = z.record(z.string(), z.unknown()).prefault({})

const assertionShape = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes,
    authenticatorData: bytes,
    signature: bytes,
    userHandle: bytes.nullish(),
  }),
  clientExtensionResults: extensions,
})

const attestationShape = z.object({
  ...common,
  response: z.object({
    clientDataJSON: bytes,
    attestationObject: bytes,
    transports: z
      .array(z.string().regex(/^[a-z0-9-]{1,32}$/))
      .max(10)
      .prefault([]),
  }),
  clientExtensionResults: extensions,
})

/** Characters; no honest answer is half as long. */
const longest = 16_384

/** An answer that is well-formed, and the challenge that it claims to sign. Nothing is proven yet. */
type Read<T> = { readonly credentialId: string; readonly challenge: string; readonly response: T }
export type Assertion = Read<z.infer<typeof assertionShape>>
export type Attestation = Read<z.infer<typeof attestationShape>>

export const readAssertion = (text: string | undefined): Assertion | undefined => read(assertionShape, text)
export const readAttestation = (text: string | undefined): Attestation | undefined =>
  read(attestationShape, text)

function read<T extends { id: string; rawId: string; response: { clientDataJSON: string } }>(
  shape: z.ZodType<T>,
  text = '',
): Read<T> | undefined {
  const response = text.length > longest ? undefined : shape.safeParse(parsed(text)).data
  if (!response || response.id !== response.rawId) return undefined
  const data = Buffer.from(response.response.clientDataJSON, 'base64url').toString('utf8')
  const challenge = clientData.safeParse(parsed(data)).data?.challenge
  return challenge === undefined ? undefined : { credentialId: response.id, challenge, response }
}

function parsed(text: string): unknown {
  try {
    return isStorableJson(text) ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}
