// What a person reads when better-sqlite3 has no native part: a file of its own, because the module is replaced.
import { expect, test, vi } from 'vitest'
import { openStore } from '../../src/store/open.js'

const faults = [
  new Error('Could not locate the bindings file. Tried:\n → /a\n → /b'),
  Object.assign(new Error('was compiled against a different Node.js version'), { code: 'ERR_DLOPEN_FAILED' }),
]

vi.mock('better-sqlite3', () => ({
  default: class {
    constructor() {
      throw faults.shift()
    }
  },
}))

test.each([...faults])('%s: the store says how to mend it, in one sentence', async () => {
  await expect(openStore(':memory:')).rejects.toThrow(/^[^\n]*npm rebuild better-sqlite3$/)
})
