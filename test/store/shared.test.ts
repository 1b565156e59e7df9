// One question that many share: who asks hears what was so after they asked.
import { setImmediate as turn } from 'node:timers/promises'
import { beforeEach, expect, it } from 'vitest'
import { shared } from '../../src/store/shared.js'

let runs: { answer: (told: string) => void; fail: (fault: Error) => void }[]
let ask: () => Promise<string>
beforeEach(() => {
  runs = []
  ask = shared(() => new Promise((answer, fail) => runs.push({ answer, fail })))
})

it('is put once for all that ask in one turn of the loop, at its end', async () => {
  const first = ask()
  await Promise.resolve()
  const second = ask()
  expect(runs).toHaveLength(0)
  await turn()
  expect(runs).toHaveLength(1)
  runs[0]?.answer('told')
  expect(await Promise.all([first, second])).toEqual(['told', 'told'])
})

it('is put again, once, for all that ask while it is under way, and not before it is answered', async () => {
  const early = ask()
  await turn()
  const late = [ask(), ask()]
  await turn()
  late.push(ask())
  expect(runs).toHaveLength(1)
  runs[0]?.answer('old')
  expect(await early).toBe('old')
  await turn()
  expect(runs).toHaveLength(2)
  runs[1]?.answer('new')
  expect(await Promise.all(late)).toEqual(['new', 'new', 'new'])
})

it('fails for those who wait, too, and is put again for whoever asks then', async () => {
  const early = ask()
  await turn()
  const late = ask()
  runs[0]?.fail(new Error('test'))
  const failed = await Promise.allSettled([early, late])
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const next = ask()
  await turn()
  expect(runs).toHaveLength(2)
  runs[1]?.answer('told')
  expect(await next).toBe('told')
})
