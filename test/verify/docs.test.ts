// docs/verify.md tells every option and every code, and its examples are code that exists.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import * as library from '../../src/verify/index.js'

const read = (file: string) => readFileSync(path.resolve(import.meta.dirname, '../..', file), 'utf8')
const page = read('docs/verify.md')

it('has a row for each option', () => {
  const table = /## Options\n([\s\S]*?)\n## /.exec(page)?.[1] ?? ''
  const cells = [...table.matchAll(/^\| ((?:`\w+` ?)+)\|/gm)].map(([, cell]) => cell as string)
  const told = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name))
  const options = /export type VerifierOptions = [\s\S]*?\n\}/.exec(read('src/verify/options.ts'))?.[0] ?? ''
  const named = [...options.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, name]) => name)
  expect(named.length).toBeGreaterThan(15)
  expect(told.sort()).toEqual([...named, 'now', 'random', 'later', 'fetch'].sort())
  const dpop = /export type DpopOptions = [\s\S]*?\n\}/.exec(read('src/verify/options.ts'))?.[0] ?? ''
  for (const [, name] of dpop.matchAll(/readonly (\w+)\?/g)) expect(page).toContain(`\`${name}\``)
})

it('has a row for each code, and imports only what is exported', () => {
  const codes = [
    ...(/export type FaultCode =([\s\S]*?)\n\n/.exec(read('src/verify/fault.ts'))?.[1] ?? '').matchAll(
      /'(\w+)'/g,
    ),
  ]
  expect(codes).toHaveLength(7)
  for (const [, code] of codes) expect(page).toMatch(new RegExp(`\\| \\d{3} \\| \`${code}\` \\|`))
  const imported = [...page.matchAll(/import \{ ([^}]+) \} from 'grantor\/verify'/g)].flatMap(([, names]) =>
    names?.split(', '),
  )
  for (const name of imported) expect(Object.keys(library)).toContain(name)
})
