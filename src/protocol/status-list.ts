// Owns the form of a Token Status List (draft-ietf-oauth-status-list-20): its bytes, and how a token refers to it.
import { issuerUrl } from './issuer.js'

/** Entries of a list: 128 KiB of bits, and crowd enough that an index tells nobody's business (12.3, 12.5). */
export const listSize = 2 ** 20

/** Status types (7.1). */
export const valid = 0
export const invalid = 1

/** Bits of an entry (4.1). */
export type EntryBits = 1 | 2 | 4 | 8

/** Those of our lists: a token is good or it is revoked. */
export const entryBits = 1

/** An entry of a list. */
export type StatusPlace = { readonly list: number; readonly index: number }

/** A list on which every token is valid. */
export function emptyList(entries: number, bits: EntryBits): Uint8Array {
  return new Uint8Array(Math.ceil((entries * bits) / 8))
}

/** A list on which no token is valid: each bit is set, which with one bit for an entry is INVALID. */
export function withdrawnList(entries: number): Uint8Array {
  return emptyList(entries, entryBits).fill(0xff)
}

/** Sets one entry: entries fill a byte from its least significant bit (4.1). */
export function setStatus(list: Uint8Array, bits: EntryBits, index: number, status: number): void {
  const perByte = 8 / bits
  const byte = Math.floor(index / perByte)
  const shift = (index % perByte) * bits
  const mask = (1 << bits) - 1
  list[byte] = ((list[byte] ?? 0) & ~(mask << shift)) | ((status & mask) << shift)
}

/** Where lists are, below the issuer. */
export const listsPath = '/status-lists'

export function listUri(issuer: string, list: number): string {
  return issuerUrl(issuer, `${listsPath}/${list}`)
}

/** The `status` claim of a token (6.2). */
export function statusClaim(issuer: string, { list, index }: StatusPlace): StatusClaim {
  return { status_list: { idx: index, uri: listUri(issuer, list) } }
}

type StatusClaim = { readonly status_list: { readonly idx: number; readonly uri: string } }

/** The place in a claim that `statusClaim` has made. */
export function placeIn(issuer: string, claim: unknown): StatusPlace {
  const { idx, uri } = (claim as StatusClaim).status_list
  return { list: Number(uri.slice(issuerUrl(issuer, `${listsPath}/`).length)), index: idx }
}
