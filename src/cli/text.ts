// Owns how results look to a person at a terminal: aligned, and safe whatever the data holds.
import { printable } from '../protocol/printable.js'

/** Columns under their headings; `none` is said instead of an empty table. */
export function table(headings: readonly string[], rows: readonly Cell[][], none: string): string {
  if (rows.length === 0) return none
  const cells = [headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => row.map(show))]
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One line per fact; facts that are undefined are left out. */
export function facts(pairs: Readonly<Record<string, Cell>>): string {
  const told = Object.entries(pairs).filter(([, value]) => value !== undefined)
  const width = Math.max(...told.map(([name]) => name.length))
  return told.map(([name, value]) => `${name.padEnd(width)}  ${show(value)}`).join('\n')
}

export type Cell = string | number | boolean | readonly string[] | undefined

function show(value: Cell): string {
  if (value === undefined) return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return printable(typeof value === 'object' ? value.join(' ') : String(value)) || '-'
}

/** Epoch seconds as UTC to the second. */
export function time(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
