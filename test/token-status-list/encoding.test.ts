// The bytes of a status list (Token Status List 4.1): the published vectors, both ways, and our own order of places.
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { type EntryBits, emptyList, listSize, setStatus } from '../../src/protocol/status-list.js'
import { encodeList } from '../../src/status/list-token.js'
import { shuffleOf } from '../../src/status/shuffle.js'

type Vector = { bits: EntryBits; entries: number; statuses: [number, number][]; lst: string }
const file = new URL('../vectors/token-status-list.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }

it.each(vectors)('$bits bits, $entries entries: what we set is what the draft has', async (vector) => {
  const { bits, entries, statuses, lst } = vector
  const list = emptyList(entries, bits)
  for (const [index, status] of statuses) setStatus(list, bits, index, status)
  expect(Buffer.from(list).equals(inflateSync(Buffer.from(lst, 'base64url')))).toBe(true)
  // Compressors differ in how they say the same; for a few bytes there is one way.
  const ours = await encodeList(list)
  if (entries < 100) expect(ours).toBe(lst)
  expect(inflateSync(Buffer.from(ours, 'base64url')).equals(Buffer.from(list))).toBe(true)
})

it('sets an entry back without touching its neighbours', () => {
  for (const bits of [1, 2, 4, 8] as const) {
    const list = emptyList(16, bits).fill(0xff)
    setStatus(list, bits, 3, 0)
    setStatus(list, bits, 3, 2 ** bits - 1)
    expect([...list].every((byte) => byte === 0xff)).toBe(true)
  }
})

it('gives every index once, in an order of each list and each key that tells nothing (12.5)', () => {
  const key = createSecretKey(Buffer.alloc(32, 1))
  const shuffle = shuffleOf(key, 1)
  const indices = Uint32Array.from({ length: listSize }, (_, place) => shuffle(place))
  expect(new Set(indices).size).toBe(listSize)
  expect(Math.max(...indices.subarray(0, 1000))).toBeGreaterThan(0.95 * listSize)
  // Neighbours in time: as far apart as chance puts them, a third of the list on average.
  let apart = 0
  for (let place = 1; place < listSize; place++)
    apart += Math.abs((indices[place] ?? 0) - (indices[place - 1] ?? 0))
  expect(apart / listSize / listSize).toBeCloseTo(1 / 3, 2)
  const others = [shuffleOf(key, 2), shuffleOf(createSecretKey(Buffer.alloc(32, 2)), 1)]
  for (const other of others) {
    const same = [...indices.subarray(0, 1000)].filter((index, place) => other(place) === index)
    expect(same.length).toBeLessThan(5)
  }
})
