// The options of `grantor resource create` and `update`, and what they make of an API.
import type { Command } from 'commander'
import { type SigningAlg, signingAlgs } from '../protocol/client.js'
import type { Resource } from '../protocol/resource.js'
import { textPair } from './pairs.js'
import { collect, oneOf, WrongUsage, wholeNumber } from './verb.js'

export type ResourceOptions = {
  name?: string
  scope?: string[]
  defaultScope?: string
  clients?: string[]
  tokenFormat?: 'jwt' | 'opaque'
  tokenTtl?: number
  signingAlg?: SigningAlg
  default?: boolean
}

export function resourceOptions(command: Command): Command {
  return command
    .option(
      '--scope <name=text>',
      'a scope, and what a person reads on the consent page; repeatable',
      collect,
    )
    .option(
      '--default-scope <scopes>',
      'what a request gets that names no scope, separated by spaces; none at first',
    )
    .option(
      '--clients <who>',
      'who may ask for it: registered (by an administrator), all, or client ids; repeatable',
      collect,
    )
    .option('--token-format <format>', 'jwt or opaque', oneOf(['jwt', 'opaque']))
    .option('--token-ttl <seconds>', 'lifetime of its access tokens', wholeNumber(1, 86_400))
    .option('--signing-alg <alg>', `one of ${signingAlgs.join(', ')}`, oneOf(signingAlgs))
    .option('--default', 'the one meant by a request that names none')
}

/** The API with what the options name; what they leave out stays. @throws WrongUsage */
export function changed(resource: Resource, options: ResourceOptions): Resource {
  const scopes = options.scope?.map(readScope) ?? resource.scopes
  const kept = resource.defaultScope.filter((name) => scopes.some((scope) => scope.name === name))
  return {
    ...resource,
    scopes,
    defaultScope: options.defaultScope === undefined ? kept : words(options.defaultScope),
    ...(options.name !== undefined && { name: options.name }),
    ...(options.clients !== undefined && { clients: readClients(options.clients) }),
    ...(options.tokenFormat !== undefined && { tokenFormat: options.tokenFormat }),
    ...(options.tokenTtl !== undefined && { tokenTtl: options.tokenTtl }),
    ...(options.signingAlg !== undefined && { signingAlg: options.signingAlg }),
    ...(options.default !== undefined && { isDefault: options.default }),
  }
}

function readScope(pair: string): Resource['scopes'][number] {
  const [name, description] = textPair(pair)
  if (description === '') throw new WrongUsage(`The scope ${name} needs a text that a person reads.`)
  return { name, description }
}

/** Words stand alone: a mistyped list must not open an API. */
function readClients(given: string[]): Resource['clients'] {
  const named = [...new Set(given.flatMap(words))]
  const word = (['registered', 'all'] as const).find((one) => named.includes(one))
  if (word === undefined) return named
  if (named.length === 1) return word
  throw new WrongUsage(`--clients ${word} stands alone: give it without client ids.`)
}

function words(text: string): string[] {
  return [...new Set(text.split(' ').filter((word) => word !== ''))]
}
