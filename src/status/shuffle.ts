// Owns the order in which the places of a list are given out: one that nobody without the key can tell from chance.
import { hkdfSync, type KeyObject } from 'node:crypto'

const halfBits = 10
const half = 2 ** halfBits
const rounds = 4

/** Turns a place counted from 0 into an index, and every place into another one. */
export type Shuffle = (place: number) => number

/**
 * A Feistel network over the 2^20 indices of a list: neighbours in time are none in the list, so that indices
 * tell neither order nor number (Token Status List 12.5), and yet no two places ever meet, on whatever node.
 */
export function shuffleOf(key: KeyObject, list: number): Shuffle {
  const tables = Array.from({ length: rounds }, (_, round) => {
    const bytes = Buffer.from(hkdfSync('sha512', key, '', `list ${list} round ${round}`, half * 2))
    return Uint16Array.from({ length: half }, (_, at) => bytes.readUInt16LE(2 * at) % half)
  })
  return (place) => {
    let left = place >>> halfBits
    let right = place & (half - 1)
    for (const table of tables) [left, right] = [right, left ^ (table[right] ?? 0)]
    return (left << halfBits) | right
  }
}
