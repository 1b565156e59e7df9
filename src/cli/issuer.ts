// Owns `grantor issuer`: others whose word is taken, about a person (RFC 7523 2.1, ID-JAG) or an app (RFC 7591 2.3).
import type { Command } from 'commander'
import { publicKeyAlgs } from '../protocol/client-assertion.js'
import {
  acceptedKinds,
  type IssuerRules,
  personKeys,
  readIssuerRules,
  type TrustedIssuer,
} from '../protocol/trusted-issuer.js'
import { readJson } from './client-metadata.js'
import { table } from './text.js'
import { addVerb, collect, Failure, oneOf, requireChange, type Verb, WrongUsage } from './verb.js'
import { record, type Work, withStore } from './work.js'
import type { World } from './world.js'

type Options = {
  jwks?: string
  jwksUri?: string
  accept?: string[]
  algorithm?: string[]
  client?: string[]
  resource?: string[]
  scope?: string
  person?: IssuerRules['person']
  claim?: string
}

function ruleOptions(command: Command): Command {
  return command
    .option('--jwks <file>', 'its public keys, a JWK Set')
    .option('--jwks-uri <uri>', 'where it publishes its keys')
    .option('--accept <kind>', `one of ${acceptedKinds.join(', ')}; repeatable`, collect)
    .option('--algorithm <alg>', `one of ${publicKeyAlgs.join(', ')}, all without it; repeatable`, collect)
    .option('--client <client_id>', 'who may come with its assertions; repeatable', collect)
    .option('--resource <identifier>', 'APIs that they are good for; repeatable', collect)
    .option('--scope <scopes>', 'the scopes of those APIs, separated by spaces')
    .option('--person <member>', `what of an account it names: ${personKeys.join(', ')}`, oneOf(personKeys))
    .option('--claim <name>', 'the claim in which it does; email or sub without it')
}

const create: Verb<Options> = {
  usage: 'create <issuer>',
  about: 'trust the assertions of an issuer, within these limits',
  example:
    'npx grantor issuer create https://idp.example.com --jwks-uri https://idp.example.com/jwks --accept id-jag --client demo-service --resource http://localhost:3001 --scope notes:read --person email',
  options: ruleOptions,
  run: async (world, options, issuer) => {
    const rules = checked(issuer as string, rulesOf(options))
    return withStore(world, async (work) => {
      const row: TrustedIssuer = { issuer: issuer as string, rules, disabled: false, createdAt: work.now() }
      if (!(await work.store.trustedIssuers.create(row))) throw new Failure(`${issuer} is there already.`)
      await record(work, { type: 'issuer.created', detail: { issuer: row.issuer } })
      return { value: toWire(row) }
    })
  },
}

const update: Verb<Options> = {
  usage: 'update <issuer>',
  about: 'change what is trusted; a list that is given replaces the whole list',
  example: 'npx grantor issuer update https://idp.example.com --client demo-service',
  options: ruleOptions,
  run: async (world, options, issuer) => {
    requireChange(options)
    return withStore(world, async (work) => {
      const before = await find(work, issuer as string)
      const given = rulesOf(options)
      const { jwks, jwks_uri, ...rest } = before.rules
      const keys = (given.jwks ?? given.jwks_uri) ? {} : { jwks, jwks_uri }
      const row = { ...before, rules: checked(before.issuer, { ...rest, ...keys, ...given }) }
      await work.store.trustedIssuers.update(row)
      await record(work, { type: 'issuer.updated', detail: { issuer: row.issuer } })
      return { value: toWire(row) }
    })
  },
}

const list: Verb<unknown> = {
  usage: 'list',
  about: 'list all issuers that are trusted',
  example: 'npx grantor issuer list',
  run: (world) =>
    withStore(world, async ({ store }) => {
      const all = await store.trustedIssuers.all()
      const rows = all.map(({ issuer, rules, disabled }) => [
        issuer,
        rules.accepts,
        rules.clients ?? [],
        rules.person ?? 'nobody',
        disabled ? 'disabled' : 'active',
      ])
      const text = table(['issuer', 'accepts', 'clients', 'person by', 'state'], rows, 'No issuers yet.')
      return { value: all.map(toWire), text }
    }),
}

const get: Verb<unknown> = {
  usage: 'get <issuer>',
  about: 'show one issuer',
  example: 'npx grantor issuer get https://idp.example.com',
  run: (world, _options, issuer) =>
    withStore(world, async (work) => ({ value: toWire(await find(work, issuer as string)) })),
}

function switching(name: 'disable' | 'enable', about: string): Verb<unknown> {
  const disabled = name === 'disable'
  return {
    usage: `${name} <issuer>`,
    about,
    example: `npx grantor issuer ${name} https://idp.example.com`,
    run: (world, _options, issuer) =>
      withStore(world, async (work) => {
        const row = { ...(await find(work, issuer as string)), disabled }
        await work.store.trustedIssuers.update(row)
        await record(work, { type: `issuer.${name}d`, detail: { issuer: row.issuer } })
        return { value: { issuer: row.issuer, disabled }, text: `${row.issuer} is ${name}d.` }
      }),
  }
}

const remove: Verb<unknown> = {
  usage: 'delete <issuer>',
  about: 'trust an issuer no longer',
  example: 'npx grantor issuer delete https://idp.example.com',
  run: (world, _options, issuer) =>
    withStore(world, async (work) => {
      const row = await find(work, issuer as string)
      await work.store.trustedIssuers.remove(row.issuer)
      await record(work, { type: 'issuer.deleted', detail: { issuer: row.issuer } })
      return { value: { issuer: row.issuer, deleted: true }, text: `${row.issuer} is deleted.` }
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('issuer').description('others whose word about a person or an app is taken')
  addVerb(noun, world, create)
  addVerb(noun, world, update)
  const disable = switching('disable', 'take its assertions no longer')
  const enable = switching('enable', 'take its assertions again')
  for (const verb of [list, get, disable, enable, remove]) addVerb(noun, world, verb)
}

async function find({ store }: Work, issuer: string): Promise<TrustedIssuer> {
  const row = await store.trustedIssuers.find(issuer)
  if (row === undefined) throw new Failure(`${issuer} is not trusted.`)
  return row
}

function rulesOf(options: Options): Record<string, unknown> {
  const named = {
    jwks: options.jwks && readJson(options.jwks),
    jwks_uri: options.jwksUri,
    accepts: options.accept,
    algorithms: options.algorithm,
    clients: options.client,
    resources: options.resource,
    scope: options.scope?.split(' ').filter((name) => name !== ''),
    person: options.person,
    claim: options.claim,
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

function checked(issuer: string, input: Record<string, unknown>): IssuerRules {
  const result = readIssuerRules(issuer, { scope: [], ...input })
  if ('rules' in result) return result.rules
  throw new WrongUsage(`The issuer cannot be trusted so:\n  ${result.faults.join('\n  ')}`)
}

function toWire({ issuer, rules, disabled, createdAt }: TrustedIssuer) {
  return { issuer, ...rules, disabled, created_at: createdAt }
}
