// What is rationed within any hour, and how much of it is remembered.
import { expect, it } from 'vitest'
import { createRation } from '../../src/http/ration.js'

it('remembers a hundred thousand keys, and then forgets those of longest ago', () => {
  let time = 1000
  const ration = createRation(1, 3600, () => time)
  ration.take('first')
  ration.take('again')
  for (let i = 0; i < 99_997; i++) ration.take(`${i}`)
  ration.take('again')
  ration.take('last')
  expect([ration.wait('first'), ration.wait('again')]).toEqual([3600, 3600])
  ration.take('one too many')
  expect(['first', '0', 'again', 'last'].map((key) => ration.wait(key))).toEqual([0, 3600, 3600, 3600])
  time += 3600
  expect(['0', 'again', 'last'].map((key) => ration.wait(key))).toEqual([0, 0, 0])
})
