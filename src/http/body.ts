// Owns reading request bodies: one media type, one size limit, strict parameters.
import type { Context } from 'hono'
import { OAuthError } from '../protocol/error.js'
import { isStorableJson, parseObject, unstorable } from '../protocol/json.js'
import { type Params, readParams } from '../protocol/params.js'

/** 64 KiB, for forms and JSON alike. */
export const bodyLimit = 65_536
/** What the token of a form of ours may take beside that (endpoints/interaction-token.ts). */
export const tokenLimit = 48_000

/** Whether the body is declared as what a form of ours sends, and nothing beside it. */
export function isForm(c: Context): boolean {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  return type === 'application/x-www-form-urlencoded'
}

/**
 * The parameters of a form body.
 * @throws OAuthError invalid_request for another media type (TK02), bytes that are not UTF-8, or a body that does
 * not arrive whole; status 413 for more than 64 KiB, or than `limit` (HT01); and as readParams does
 */
export async function form(
  c: Context,
  { limit = bodyLimit, ...opts }: { repeatable?: string[]; limit?: number } = {},
): Promise<Params> {
  if (!isForm(c)) {
    throw new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded')
  }
  return readParams(await whole(c, limit), opts)
}

async function whole(c: Context, limit = bodyLimit): Promise<string> {
  const body = await text(c, limit).catch((cause) => {
    if (cause instanceof OAuthError) throw cause
    throw new OAuthError('invalid_request', 'the body did not arrive whole', { cause })
  })
  // What bytes that are not UTF-8 are decoded to, and what no encoder leaves as it is (HT02).
  if (body.includes('\ufffd')) throw new OAuthError('invalid_request', 'the body is not UTF-8')
  return body
}

/**
 * The members of a JSON object.
 * @throws OAuthError invalid_request for another media type or what is no such object; status 413 for more than 64 KiB
 */
export async function json(c: Context): Promise<Record<string, unknown>> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json')
    throw new OAuthError('invalid_request', 'the body must be application/json')
  const body = await whole(c)
  if (!isStorableJson(body)) throw new OAuthError('invalid_request', `the body holds ${unstorable}`)
  const members = parseObject(body)
  if (!members) throw new OAuthError('invalid_request', 'the body is no JSON object')
  return members
}

/** The parameters of the query. @throws OAuthError as readParams does */
export function query(c: Context, opts?: { repeatable?: string[] }): Params {
  const [address = ''] = c.req.url.split('#', 1)
  const start = address.indexOf('?')
  return readParams(start < 0 ? '' : address.slice(start + 1), opts)
}

/**
 * A declared length is held by the HTTP parser; a body without one is counted as it comes, since buffering
 * it first would give the sender our memory.
 */
async function text(c: Context, limit: number): Promise<string> {
  const declared = c.req.header('content-length')
  if (declared !== undefined && c.req.header('transfer-encoding') === undefined) {
    if (!(Number(declared) <= limit)) throw tooLarge()
    return c.req.text()
  }
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of c.req.raw.body ?? []) {
    length += part.length
    if (length > limit) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function tooLarge(): OAuthError {
  return new OAuthError('invalid_request', 'the body is too large', { status: 413 })
}
