// What a migration may do while programs of the version before run on the same database (MN05).
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const drizzle = path.resolve(import.meta.dirname, '../../drizzle')
/** Versions that were never let out may have changed what was there. */
const firstLetOut = '0008'

const makesATable = /^CREATE TABLE [`"](\w+)/
const addsAColumn = /^ALTER TABLE \S+ ADD (?:COLUMN )?[`"](\w+)[`"]/
/** What an older program neither sees nor has to fill. */
const harmless = [
  makesATable,
  /^CREATE (INDEX|FUNCTION|(CONSTRAINT )?TRIGGER) /,
  /^ALTER TABLE \S+ ADD (COLUMN )?[`"]\w+[`"] (?!.*NOT NULL)/,
  /^ALTER TABLE \S+ ADD (COLUMN )?[`"]\w+[`"] (?=.*DEFAULT).*NOT NULL$/,
]

function statementsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^--(?!>).*$/gm, '')
  return text.split('--> statement-breakpoint').map((one) => one.trim().replace(/;$/, ''))
}

const fillsAColumn = /^UPDATE \S+ SET [`"](\w+)[`"] = [^,]*(?:\([^=]*\))?$/

/** The statements that an older program could stumble over. */
function harmful(statements: string[]): string[] {
  const made = new Set(statements.flatMap((one) => makesATable.exec(one)?.[1] ?? []))
  const again = new Set(statements.flatMap((one) => /^CREATE INDEX ([`"]\w+[`"])/.exec(one)?.[1] ?? []))
  const added = new Set(statements.flatMap((one) => addsAColumn.exec(one)?.[1] ?? []))
  return statements.filter((one) => {
    if (harmless.some((pattern) => pattern.test(one))) return false
    // What an older program does not see may be filled.
    if (added.has(fillsAColumn.exec(one)?.[1] ?? '')) return false
    // A table that is new may be given anything, and an index may be made anew.
    const table = /^(?:ALTER TABLE|CREATE UNIQUE INDEX \S+ ON) [`"](\w+)/.exec(one)?.[1]
    if (table !== undefined && made.has(table)) return false
    // An older program leaves a column that is new empty in each of its rows, and no two of these clash.
    const unique = /^CREATE UNIQUE INDEX .*\([`"](\w+)[`"]\)$/.exec(one)?.[1]
    if (unique !== undefined && added.has(unique)) return false
    return !again.has(/^DROP INDEX ([`"]\w+[`"])$/.exec(one)?.[1] ?? '')
  })
}

it.each(['sqlite', 'postgres'])('MN05: the migrations of %s only add', (kind) => {
  const folder = path.join(drizzle, kind)
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql') && name >= firstLetOut)
  for (const name of files) expect(harmful(statementsOf(path.join(folder, name))), name).toEqual([])
})

it.each([
  'DROP TABLE "audit"',
  'ALTER TABLE "audit" DROP COLUMN "ip"',
  'ALTER TABLE "audit" RENAME COLUMN "ip" TO "address"',
  'ALTER TABLE "audit" ADD COLUMN "why" text NOT NULL',
  'ALTER TABLE "audit" ALTER COLUMN "ip" SET NOT NULL',
  'CREATE UNIQUE INDEX "one" ON "audit" ("ip")',
  'DROP INDEX "audit_by_sub"',
  'UPDATE "audit" SET "ip" = null',
  'ALTER TABLE "audit" ADD "a" text;UPDATE "audit" SET "a" = 1, "ip" = null',
])('MN05: would find %s', (statement) => {
  expect(harmful(statement.split(';'))).toEqual([statement.split(';').at(-1)])
})
