// Owns `grantor config`: what the server would run with, and whether it would run.
import type { Command } from 'commander'
import { type Config, variables } from '../config.js'
import { maskSecrets } from '../config-error.js'
import { table } from './text.js'
import { addVerb, type Outcome, type Verb } from './verb.js'
import { configOf } from './work.js'
import type { World } from './world.js'

const print: Verb<unknown> = {
  usage: 'print',
  about: 'show every setting, its value and where it comes from; passwords are masked',
  example: 'npx grantor config print',
  run: async (world) => {
    const settings = shown(configOf(world), world)
    const rows = settings.map(({ variable, value, from }) => [variable, value ?? '(empty)', from])
    return { value: settings, text: table(['variable', 'value', 'from'], rows, '') }
  },
}

const check: Verb<unknown> = {
  usage: 'check',
  about: 'read the configuration and tell every fault',
  example: 'GRANTOR_ISSUER=https://id.example.org npx grantor config check',
  run: async (world): Promise<Outcome> => {
    const { issuer } = configOf(world)
    return { value: { valid: true, issuer }, text: `The configuration is valid. Issuer: ${issuer}` }
  },
}

export function register(program: Command, world: World): void {
  const noun = program.command('config').description('show or check the configuration')
  addVerb(noun, world, print)
  addVerb(noun, world, check)
}

function shown(config: Config, { env }: World): { variable: string; value: string | null; from: string }[] {
  return variables.map(({ name, field }) => {
    const value = config[field]
    const text = Array.isArray(value) ? value.join(',') : String(value ?? '')
    const from = env[`${name}_FILE`] ? `${name}_FILE` : env[name] ? 'environment' : 'default'
    return { variable: name, value: text === '' ? null : maskSecrets(text), from }
  })
}
