// Owns what every verb shares: --json, help with an example, where things are printed, exit codes.
import { type Command, InvalidArgumentError } from 'commander'
import { printableJson } from '../protocol/printable.js'
import type { World } from './world.js'

export type Outcome = {
  /** The one JSON value of --json; wire names. */
  readonly value: unknown
  /** What a person reads instead; the value as indented JSON when absent. */
  readonly text?: string | undefined
  /** Said to the person on standard error: it never mixes with the result. */
  readonly notes?: readonly string[] | undefined
}

export type Verb<Options> = {
  /** Name and arguments, as in `get <client>`. */
  readonly usage: string
  readonly about: string
  /** A whole command that can be pasted. */
  readonly example: string
  readonly options?: (command: Command) => unknown
  /** What --json does where it does not print one value. */
  readonly json?: string
  /** Undefined when the verb has printed for itself. */
  readonly run: (world: World, options: Options, ...args: string[]) => Promise<Outcome | undefined>
}

/** What was asked cannot be done: told in one sentence, exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure'
}

/** What was asked makes no sense as it was written: exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage'
}

export function addVerb<Options>(noun: Command, world: World, verb: Verb<Options>): void {
  const command = noun.command(verb.usage).description(verb.about)
  verb.options?.(command)
  for (const option of command.options) if (option.mandatory) option.description += ' (required)'
  command
    .option('--json', verb.json ?? 'print one JSON value and nothing else')
    .addHelpText('after', `\nExample:\n  $ ${verb.example}`)
    .action(async (...given: unknown[]) => {
      const args = given.slice(0, -2) as string[]
      const options = command.opts<Options & { json?: boolean }>()
      const outcome = await verb.run(world, options, ...args)
      if (outcome !== undefined) print(world, outcome, options.json === true)
    })
}

function print(world: World, { value, text, notes }: Outcome, json: boolean): void {
  if (json) {
    world.out(`${JSON.stringify(value)}\n`)
    return
  }
  world.out(`${text ?? printableJson(JSON.stringify(value, null, 2))}\n`)
  for (const note of notes ?? []) world.err(`${note}\n`)
}

/**
 * For verbs that change what their options name.
 * @throws WrongUsage when none is given
 */
export function requireChange(options: object): void {
  if (Object.entries(options).some(([name, value]) => name !== 'json' && value !== undefined)) return
  throw new WrongUsage('There is nothing to change: give at least one option (--help lists them).')
}

/** For options that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

/** For options that take a whole number. */
export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    throw new InvalidArgumentError(`A whole number from ${min} to ${max} is expected.`)
  }
}

/** For options that take one of a few words. */
export function oneOf<T extends string>(words: readonly T[]): (value: string) => T {
  return (value) => {
    const word = words.find((known) => known === value)
    if (word !== undefined) return word
    throw new InvalidArgumentError(`One of these is expected: ${words.join(', ')}.`)
  }
}
