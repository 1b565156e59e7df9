// docs/conformance.md, the plans of the runner and the tests by module name agree.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { plans, requiredPlans } from './suite/plans.js'
import { suiteCommit, suiteVersion } from './suite/source.js'

const folder = import.meta.dirname
const text = readFileSync(path.resolve(folder, '../../docs/conformance.md'), 'utf8')
const kinds = ['passed', 'warning', 'review', 'skipped', 'failed']

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
const name = (cell: string) => /^`([^`]+)`$/.exec(cell)?.[1]

/** The body of each table, with its header. */
const tables = text.split(/\n\n+/).flatMap((paragraph) => {
  const lines = paragraph.split('\n').filter((line) => line.startsWith('|'))
  const [header, , ...body] = lines.map(cellsOf)
  return header ? [{ header, body }] : []
})
const moduleTables = tables.filter(({ header }) => header[0] === 'module')

/** The results of a plan, from the columns that bear its name. */
function resultsOf(plan: string): string[] {
  return moduleTables.flatMap(({ header, body }) => {
    const column = header.findIndex((cell) => name(cell) === plan)
    return column < 0 ? [] : body.map((cells) => cells[column] ?? '').filter((result) => result !== '')
  })
}

it('CF08: the document names the version and the commit of the suite that the runner fetches', () => {
  expect(text).toContain(`version ${suiteVersion}`)
  expect(text).toContain(suiteCommit)
})

it('CF08: each plan of the runner has a result for each module, and the totals are those of its modules', () => {
  const summary = tables.find(({ header }) => header.join() === ['plan', 'by', ...kinds].join())
  expect(summary?.body.map(([plan = '']) => name(plan))).toEqual(plans.map((plan) => plan.name))
  for (const plan of plans) {
    const results = resultsOf(plan.name)
    expect(results.filter((result) => !kinds.includes(result))).toEqual([])
    const totals = kinds.map((kind) => String(results.filter((result) => result === kind).length))
    const row = summary?.body.find(([cell = '']) => name(cell) === plan.name)
    expect(row?.slice(2), plan.name).toEqual(totals)
    expect(results.length, plan.name).toBeGreaterThan(0)
  }
})

it('CF08: no module of a required plan has failed', () => {
  for (const plan of requiredPlans) expect(resultsOf(plan.name), plan.name).not.toContain('failed')
})

it('CF08: every module that a test names is in the document', () => {
  const named = readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => readFileSync(path.join(folder, file), 'utf8').match(/\boidcc-[\w-]+\w\b/g) ?? [])
    .filter((module) => !module.endsWith('-certification-test-plan'))
  expect(named.length).toBeGreaterThan(40)
  expect(named.filter((module) => !text.includes(`\`${module}`))).toEqual([])
})
