// Owns `grantor start`: runs the server until it is told to stop.
import type { Command } from 'commander'
import { addVerb, type Verb } from './verb.js'
import { configOf } from './work.js'
import type { World } from './world.js'

const start: Verb<{ json?: boolean }> = {
  usage: 'start',
  about: 'run the server',
  example: 'npx grantor start',
  json: 'log lines of JSON at a terminal too, and greet nobody',
  run: async (world, { json }) => {
    // What a server prints is its log, so here --json means no banner and no colours.
    await world.serve(configOf(world), { ...world, terminal: world.terminal && !json })
    return undefined
  },
}

export function register(program: Command, world: World): void {
  addVerb(program, world, start)
}
