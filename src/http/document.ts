// Owns answers that are the same for everybody: prepared text with an entity tag, which caches may keep a while.
import { hash } from 'node:crypto'
import type { Context } from 'hono'
import type { Config } from '../config.js'
import { corsHeaders } from './cors.js'
import { securityHeaders } from './headers.js'

export type PublicDocument = {
  readonly body: string
  /** With its quotes (RFC 9110 8.8.3). */
  readonly etag: string
}

export function publicDocument(body: string): PublicDocument {
  return { body, etag: `"${hash('sha256', body, 'base64url')}"` }
}

/** Sends a document, or 304 to who has it already. It may be kept as long as the JWKS may. */
export function publicDocuments(
  config: Pick<Config, 'issuer' | 'jwksMaxAge'>,
): (c: Context, document: PublicDocument) => Response {
  const always = {
    ...securityHeaders(config),
    ...corsHeaders,
    'cache-control': `public, max-age=${config.jwksMaxAge}`,
    'content-type': 'application/json',
  }
  const encoded = ({ body, etag }: PublicDocument) => ({
    bytes: Buffer.from(body),
    headers: { ...always, etag },
  })
  const known = new WeakMap<PublicDocument, ReturnType<typeof encoded>>()
  return (c, document) => {
    const ready = known.get(document) ?? encoded(document)
    known.set(document, ready)
    const { bytes, headers } = ready
    return alreadyThere(c, document.etag)
      ? new Response(null, { status: 304, headers })
      : new Response(bytes, { status: 200, headers })
  }
}

/** Whether the one who asks has what this tag stands for (RFC 9110 13.1.2). */
export function alreadyThere(c: Context, etag: string): boolean {
  const known = c.req.header('if-none-match')
  return known?.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, ''))) === true
}
