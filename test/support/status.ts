// Owns what a verifier without any library of ours sees of a token's status.
import { inflateSync } from 'node:zlib'
import { claimsOf } from './flow.js'
import type { TestServer } from './server.js'

type StatusClaim = { status: { status_list: { idx: number; uri: string } } }

/** The place that a token carries. */
export function placeOf(token: string): { idx: number; uri: string } {
  return (claimsOf(token) as StatusClaim).status.status_list
}

/** The bit of a token on the list that is published now: 0 is valid, 1 is revoked. */
export async function publishedStatus(server: TestServer, token: string): Promise<number> {
  const { idx, uri } = placeOf(token)
  const answer = await server.fetch(uri)
  if (!answer.ok) throw new Error(`${uri}: ${answer.status}`)
  const list = claimsOf(await answer.text()) as { status_list: { lst: string } }
  const bytes = inflateSync(Buffer.from(list.status_list.lst, 'base64url'))
  return ((bytes[idx >> 3] ?? 0) >> (idx & 7)) & 1
}
