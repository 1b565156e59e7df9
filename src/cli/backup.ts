// Owns `grantor backup`: a copy of the database, taken while the server runs.
import type { Command } from 'commander'
import { backUp } from '../store/backup.js'
import { addVerb, Failure, type Verb } from './verb.js'
import { configOf, existingFile } from './work.js'
import type { World } from './world.js'

const backup: Verb<{ force?: boolean }> = {
  usage: 'backup <file>',
  about: 'copy the SQLite database to a file, while the server runs',
  example: 'npx grantor backup /var/backups/grantor-monday.db',
  options: (command) => command.option('--force', 'put it in the place of a file that is there'),
  run: async (world, { force }, target = '') => {
    const file = existingFile(configOf(world))
    if (file === undefined) {
      throw new Failure('PostgreSQL has its own backups: use pg_dump, or your provider’s.')
    }
    const bytes = await backUp(file, target, { force: force === true })
    return {
      value: { backup: target, bytes },
      text: `${target} is a whole copy of ${file}.`,
      notes: [
        'The master key is not in it: keep that apart, for neither is worth anything without the other.',
      ],
    }
  },
}

export function register(program: Command, world: World): void {
  addVerb(program, world, backup)
}
