// Owns `grantor move`: everything from a SQLite file to PostgreSQL, so that nobody is signed out by growing.
import type { Command } from 'commander'
import { maskSecrets } from '../config-error.js'
import { addVerb, type Verb, WrongUsage } from './verb.js'
import type { World } from './world.js'

const move: Verb<{ from: string; to: string }> = {
  usage: 'move',
  about: 'move everything from SQLite to PostgreSQL; stop the server first',
  example: 'npx grantor move --from file:data/grantor.db --to postgres://grantor@db.example.org/grantor',
  options: (command) =>
    command
      .requiredOption('--from <url>', 'the database that is left: file:PATH')
      .requiredOption('--to <url>', 'an empty database: postgres://...'),
  run: async (_world, { from, to }) => {
    if (!from.startsWith('file:')) throw new WrongUsage('--from is the SQLite database: file:PATH.')
    if (!/^postgres(ql)?:\/\//.test(to))
      throw new WrongUsage('--to is the PostgreSQL database: postgres://...')
    // Loaded on demand, as both drivers are.
    const { moveToPostgres } = await import('../store/move.js')
    const tables = await moveToPostgres(from.slice('file:'.length), to)
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    const target = maskSecrets(to)
    return {
      value: {
        from,
        to: target,
        rows,
        tables: Object.fromEntries(tables.map(({ table, rows }) => [table, rows])),
      },
      text: `${rows} rows of ${tables.length} tables are in ${target}, each read back and compared.`,
      notes: [
        'Set GRANTOR_DATABASE_URL to it and start the server, with the same master key and the same issuer.',
        `${from} is marked as moved, and no server opens it any more.`,
      ],
    }
  },
}

export function register(program: Command, world: World): void {
  addVerb(program, world, move)
}
