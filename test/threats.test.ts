// The catalogue of threats and the code name the same ids, and each id has a test that says so in its title.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
const catalogue = 'docs/threats.md'

/** Two letters and two digits, `F` and two digits, `I` and a digit; not a part of an IPv6 address. */
const idPattern = /(?<![\w:])(?:[A-Z]{2}\d{2}|F\d{2}|I\d)(?!\w)/g
const isId = /^(?:[A-Z]{2}\d{2}|F\d{2}|I\d)$/
const idsIn = (text: string) => text.match(idPattern) ?? []

/** Ids of requirements that are no attack: the title of a test says what they are, and they need no row. */
const isRequirement = /^(?:AP|PC|CF|BR)\d{2}$/

type Row = { id: string; cells: string[]; files: string[] }

const rows: Row[] = readFileSync(path.join(root, catalogue), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, id = '']) => isId.test(id))
  .map(([, id = '', ...rest]) => {
    const cells = rest.slice(0, -1)
    return { id, cells, files: [...(cells.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, file = '']) => file) }
  })

/** Titles of tests and of groups, and the names of cases in tables, which begin with an id. */
function titlesOf(code: string): string {
  const called = code.matchAll(/(?:\b(?:it|test|describe)(?:\.\w+)*|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)
  const named = code.matchAll(/(['"`])((?:[A-Z]{2}\d{2}|F\d{2}|I\d)\b(?:\\.|(?!\1)[^\\\n])*)\1/g)
  return [...called, ...named].map(([, , title]) => title).join('\n')
}

function citingFiles(): string[] {
  const inFolders = ['src', 'test', 'docs', 'examples'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(folder, file),
    ),
  )
  const documents = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
  return [...inFolders, ...documents].filter(
    (file) => /\.(ts|tsx|mjs|md|py|go)$/.test(file) && file !== catalogue,
  )
}

describe('the catalogue of threats', () => {
  it('has one row for each id, with an attack, a response, a source and tests', () => {
    const ids = rows.map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(260)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    const incomplete = rows.filter(({ cells }) => cells.length !== 4 || cells.some((cell) => cell === ''))
    expect(incomplete.map(({ id }) => id)).toEqual([])
  })

  it('has every id that code, tests and documents cite', () => {
    const known = new Set(rows.map(({ id }) => id))
    const unknown = citingFiles().flatMap((file) =>
      idsIn(readFileSync(path.join(root, file), 'utf8'))
        .filter((id) => !known.has(id) && !isRequirement.test(id))
        .map((id) => `${file} cites ${id}`),
    )
    expect([...new Set(unknown)]).toEqual([])
  })

  it('names test files in which a title has the id', () => {
    const titles = new Map<string, string[]>()
    const titled = (file: string) => {
      const found = titles.get(file) ?? idsIn(titlesOf(readFileSync(path.join(root, 'test', file), 'utf8')))
      titles.set(file, found)
      return found
    }
    const tests = new Set(readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' }))
    const wrong = rows.flatMap(({ id, files }) => {
      if (files.length === 0) return [`${id} names no test`]
      const notTests = files.filter((file) => !tests.has(file) || !file.endsWith('.test.ts'))
      if (notTests.length > 0) return notTests.map((file) => `${id}: there is no test/${file}`)
      return files
        .filter((file) => !titled(file).includes(id))
        .map((file) => `${id} is in no title of test/${file}`)
    })
    expect(wrong).toEqual([])
  })
})
