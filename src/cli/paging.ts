// Owns listings: how much of one is shown, and how to go on.
import type { Command } from 'commander'
import { wholeNumber } from './verb.js'

export type Paging = { limit: number; after?: string }

export function pagingOptions(command: Command): Command {
  return command
    .option('--limit <n>', 'show at most so many', wholeNumber(1, 100_000), 1000)
    .option('--after <id>', 'go on after this id')
}

/** At most `limit` rows; one more is asked for, to know whether to say that there are more. */
export async function page<T>(
  { limit, after }: Paging,
  list: (page: { after?: string; limit: number }) => Promise<T[]>,
): Promise<{ rows: T[]; notes: string[] }> {
  const rows = await list({ ...(after !== undefined && { after }), limit: limit + 1 })
  const notes = rows.length > limit ? ['There are more: raise --limit, or use --after with the last id.'] : []
  return { rows: rows.slice(0, limit), notes }
}
