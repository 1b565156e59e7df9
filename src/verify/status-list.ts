// Owns the bytes of a status list (draft-ietf-oauth-status-list 4): packed values, least significant bits first.

import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { isObject } from '../protocol/json.js'

export type StatusList = {
  readonly bits: 1 | 2 | 4 | 8
  readonly bytes: Uint8Array
}

const inflated = promisify<Uint8Array, { maxOutputLength: number }, Uint8Array>(inflate)

/**
 * Unpacks the `status_list` claim.
 * @param maxEntries a list that holds more is refused before it takes the memory
 * @throws Error that says what is wrong with it
 */
export async function decodeStatusList(claim: unknown, maxEntries: number): Promise<StatusList> {
  if (!isObject(claim)) throw new Error('status_list is not an object')
  const { bits, lst } = claim
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) throw new Error('bits is not 1, 2, 4 or 8')
  if (typeof lst !== 'string' || !/^[A-Za-z0-9_-]+$/.test(lst)) throw new Error('lst is not base64url')
  const maxOutputLength = Math.ceil((maxEntries * bits) / 8)
  try {
    return { bits, bytes: await inflated(Buffer.from(lst, 'base64url'), { maxOutputLength }) }
  } catch (error) {
    const tooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
    throw new Error(tooLarge ? `it holds more than ${maxEntries} entries` : 'lst is not a ZLIB stream')
  }
}

/** The value at an index; undefined outside the list. */
export function statusAt({ bits, bytes }: StatusList, index: number): number | undefined {
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)]
  return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & (2 ** bits - 1)
}
