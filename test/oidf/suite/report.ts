// Tables of a run, and what is behind the failures of a module.
import { readFileSync } from 'node:fs'
import type { LogEntry, ModuleResult } from './suite-api.js'

const order = ['PASSED', 'WARNING', 'REVIEW', 'SKIPPED', 'FAILED']

/** The first line has the counts: `basic: 30 PASSED, 3 REVIEW`. */
export function countsOf(results: ModuleResult[]): string {
  const kinds = [...new Set([...order, ...results.map(({ result }) => result)])]
  return kinds
    .map((kind) => [results.filter(({ result }) => result === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(', ')
}

export function markdownTable(results: ModuleResult[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const rows = results.map(
    ({ module, result, notes }) => `| \`${module}\` | ${result.toLowerCase()} | ${cell(notes.join('; '))} |`,
  )
  return ['| module | result | conditions |', '| --- | --- | --- |', ...rows].join('\n')
}

/** Whether a certificate would be refused because of it. */
export function hasFailed({ result }: ModuleResult): boolean {
  return !['PASSED', 'WARNING', 'REVIEW', 'SKIPPED'].includes(result)
}

const withoutMeaning = new Set(
  '_id testId testOwner time result src msg upload stacktrace cause_stacktrace'.split(' '),
)

/** The conditions that failed or warned in a saved log, with their values; `all` shows the HTTP exchanges too. */
export function explanation(logFile: string, all: boolean): string {
  const log = JSON.parse(readFileSync(logFile, 'utf8')) as LogEntry[]
  return log
    .flatMap((entry) => {
      const { result = '', src, msg } = entry
      const bad = ['FAILURE', 'WARNING', 'INTERRUPTED'].includes(result)
      if (!bad && !(all && 'http' in entry)) return []
      const values = Object.entries(entry)
        .filter(([name]) => !withoutMeaning.has(name))
        .map(([name, value]) => `    ${name}: ${JSON.stringify(value).slice(0, 800)}`)
      return [`${result || entry.http} ${src}: ${msg}`, ...values]
    })
    .join('\n')
}
