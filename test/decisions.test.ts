// The index of decisions has one row for each page, with its title, in the order of numbers.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const docs = path.resolve(import.meta.dirname, '..', 'docs')

it('lists each decision with its title, in the order of numbers', () => {
  const files = readdirSync(path.join(docs, 'decisions')).sort()
  const rows = files.map((file) => {
    const [, number, title] =
      /^# (\d{4}): (.+)\n/.exec(readFileSync(path.join(docs, 'decisions', file), 'utf8')) ?? []
    expect(file.slice(0, 4)).toBe(number)
    return `| [${number}](decisions/${file}) | ${title} |`
  })
  expect(new Set(files.map((file) => file.slice(0, 4))).size, 'no number twice').toBe(files.length)
  const index = readFileSync(path.join(docs, 'decisions.md'), 'utf8')
  expect(index.split('\n').filter((line) => /^\| \[\d/.test(line))).toEqual(rows)
})
