// The bytes of status lists (draft-ietf-oauth-status-list 4), against the draft's own vectors.
import { deflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { decodeStatusList, statusAt } from '../../src/verify/status-list.js'
import vectors from '../vectors/status-list.json' with { type: 'json' }

const { title: _, ...lists } = vectors

it.each(Object.entries(lists))('reads the vector %s', async (name, { claim, values }) => {
  const list = await decodeStatusList(claim, 2 ** 20)
  const entries = (list.bytes.length * 8) / list.bits
  expect(list.bits).toBe(claim.bits)
  if (name.startsWith('long')) expect(entries).toBe(2 ** 20)
  const named = new Map(Object.entries(values).map(([index, value]) => [Number(index), value]))
  for (let index = 0; index < entries; index++) {
    const expected = named.get(index) ?? 0
    if (statusAt(list, index) !== expected) expect([index, statusAt(list, index)]).toEqual([index, expected])
  }
  expect(statusAt(list, entries)).toBeUndefined()
})

const decode = (claim: unknown, most = 1024) => decodeStatusList(claim, most)

it('refuses what is no list', async () => {
  const lst = deflateSync(Buffer.alloc(8)).toString('base64url')
  for (const claim of [
    undefined,
    null,
    'x',
    [],
    {},
    { bits: 1 },
    { bits: 3, lst },
    { bits: '1', lst },
    { bits: 0, lst },
  ])
    await expect(decode(claim)).rejects.toThrow()
  for (const bad of ['', '!', `${lst}=`, 'AAAA', lst.slice(0, -4)])
    await expect(decode({ bits: 1, lst: bad })).rejects.toThrow()
  expect((await decode({ bits: 1, lst })).bytes.length).toBe(8)
})

it('JW09 stops unpacking at the size it was told, however small the text', async () => {
  const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64url')
  const before = process.memoryUsage().arrayBuffers
  await expect(decode({ bits: 1, lst: bomb }, 2 ** 20)).rejects.toThrow('it holds more than 1048576 entries')
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
  const whole = deflateSync(Buffer.alloc(2 ** 17)).toString('base64url')
  expect((await decode({ bits: 1, lst: whole }, 2 ** 20)).bytes.length).toBe(2 ** 17)
  await expect(decode({ bits: 1, lst: whole }, 2 ** 20 - 8)).rejects.toThrow('entries')
})
