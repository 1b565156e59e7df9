// Owns `grantor migrate`: makes the database, or brings its tables up to date.
import type { Command } from 'commander'
import { maskSecrets } from '../config-error.js'
import { addVerb, type Verb } from './verb.js'
import { configOf, openDatabase } from './work.js'
import type { World } from './world.js'

const migrate: Verb<unknown> = {
  usage: 'migrate',
  about: 'create the database or bring it up to date',
  example: 'npx grantor migrate',
  run: async (world) => {
    const config = configOf(world)
    const store = await openDatabase(config, { create: true, migrate: true })
    await store.close()
    const database = maskSecrets(config.databaseUrl)
    return { value: { database, migrated: true }, text: `${database} is up to date.` }
  },
}

export function register(program: Command, world: World): void {
  addVerb(program, world, migrate)
}
