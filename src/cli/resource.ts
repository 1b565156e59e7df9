// Owns `grantor resource`: the APIs that accept our tokens, and the scopes that are theirs.
import { type Command, Option } from 'commander'
import { originOf } from '../protocol/client-id.js'
import { metadataAddress, protectedResourceMetadata } from '../protocol/protected-resource.js'
import { type Resource, resourceFaults } from '../protocol/resource.js'
import { changed, type ResourceOptions, resourceOptions } from './resource-options.js'
import { facts, table, time } from './text.js'
import { addVerb, Failure, requireChange, type Verb, WrongUsage } from './verb.js'
import { record, type Work, withStore } from './work.js'
import type { World } from './world.js'

const create: Verb<ResourceOptions & { identifier: string; name: string }> = {
  usage: 'create',
  about: 'register an API',
  example:
    'npx grantor resource create --identifier https://api.example.org --name "Calendar" --scope events:read="See your events"',
  options: (command) =>
    resourceOptions(
      command
        .requiredOption('--identifier <uri>', 'what tokens name as their audience, byte for byte')
        .requiredOption('--name <name>', 'as people read it'),
    ),
  run: (world, { identifier, name, ...options }) =>
    withStore(world, async (work) => {
      const fresh: Resource = {
        identifier,
        name,
        scopes: [],
        defaultScope: [],
        clients: 'registered',
        tokenFormat: 'jwt',
        isDefault: false,
        disabled: false,
        createdAt: work.now(),
      }
      const resource = changed(fresh, options)
      await refuseFaults(resource, work)
      if (!(await work.store.resources.create(resource))) {
        const taken = (await work.store.resources.find(identifier))?.identifier ?? identifier
        const same = taken === identifier ? '' : ` as ${taken}, which means the same`
        throw new Failure(`${identifier} exists already${same}.`)
      }
      await record(work, { type: 'resource.created', detail: { resource: identifier } })
      return { value: toWire(resource), text: show(resource), notes: await notesOn(resource, work) }
    }),
}

const update: Verb<ResourceOptions & { enable?: boolean; disable?: boolean }> = {
  usage: 'update <identifier>',
  about: 'change an API; the scopes given replace all of its scopes',
  example: 'npx grantor resource update https://api.example.org --token-ttl 120',
  options: (command) =>
    resourceOptions(command.option('--name <name>', 'as people read it'))
      .option('--no-default', 'no longer the default')
      .addOption(new Option('--disable', 'refuse requests for it').conflicts('enable'))
      .option('--enable', 'allow requests again'),
  run: async (world, { enable, disable, ...options }, identifier) => {
    requireChange({ enable, disable, ...options })
    return withStore(world, async (work) => {
      const before = await find(work, identifier as string)
      const disabled = disable === true || (before.disabled && enable !== true)
      const resource = changed({ ...before, disabled }, options)
      await refuseFaults(resource, work)
      await work.store.resources.update(resource, work.now())
      await record(work, { type: 'resource.updated', detail: { resource: resource.identifier } })
      return { value: toWire(resource), text: show(resource), notes: await notesOn(resource, work) }
    })
  },
}

const get: Verb<unknown> = {
  usage: 'get <identifier>',
  about: 'show one API',
  example: 'npx grantor resource get https://api.example.org',
  run: (world, _options, identifier) =>
    withStore(world, async (work) => {
      const resource = await find(work, identifier as string)
      return { value: toWire(resource), text: show(resource) }
    }),
}

const metadata: Verb<unknown> = {
  usage: 'metadata <identifier>',
  about: 'show what the API publishes so that clients find this server (RFC 9728), and where',
  example: 'npx grantor resource metadata https://api.example.org',
  run: (world, _options, identifier) =>
    withStore(world, async (work) => {
      const resource = await find(work, identifier as string)
      const address = metadataAddress(resource.identifier)
      if (address === undefined) throw new Failure(`${resource.identifier} is no address of the web.`)
      const document = protectedResourceMetadata(resource, work.config.issuer)
      const text = `GET ${address}\n${JSON.stringify(document, null, 2)}`
      return { value: { address, document }, text }
    }),
}

const list: Verb<unknown> = {
  usage: 'list',
  about: 'list all APIs',
  example: 'npx grantor resource list',
  run: (world) =>
    withStore(world, async ({ store }) => {
      const all = await store.resources.all()
      const rows = all.map((resource) => [
        resource.identifier,
        resource.name,
        resource.scopes.map((scope) => scope.name),
        typeof resource.clients === 'string' ? resource.clients : `${resource.clients.length} listed`,
        resource.tokenFormat,
        resource.disabled ? 'disabled' : resource.isDefault ? 'default' : 'active',
      ])
      const text = table(['identifier', 'name', 'scopes', 'clients', 'tokens', 'state'], rows, 'No APIs yet.')
      return { value: all.map(toWire), text }
    }),
}

const remove: Verb<unknown> = {
  usage: 'delete <identifier>',
  about: 'remove an API; tokens that name it can no longer be had',
  example: 'npx grantor resource delete https://api.example.org',
  run: (world, _options, identifier) =>
    withStore(world, async (work) => {
      const resource = await find(work, identifier as string)
      await work.store.resources.remove(resource.identifier, work.now())
      await record(work, { type: 'resource.deleted', detail: { resource: resource.identifier } })
      return {
        value: { identifier: resource.identifier, deleted: true },
        text: `${resource.identifier} is deleted.`,
      }
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('resource').description('the APIs (audiences) and their scopes')
  addVerb(noun, world, create)
  addVerb(noun, world, update)
  for (const verb of [get, metadata, list, remove]) addVerb(noun, world, verb)
}

async function find({ store }: Work, identifier: string): Promise<Resource> {
  const resource = await store.resources.find(identifier)
  if (resource === undefined) throw new Failure(`There is no API ${identifier}.`)
  return resource
}

/** A client may be registered after the API that lists it; until then its id is as good as mistyped. */
async function notesOn({ clients }: Resource, { store }: Work): Promise<string[]> {
  if (typeof clients === 'string') return []
  // A client that registered itself needs no row.
  const ids = clients.filter((id) => originOf(id) === 'row')
  const found = await Promise.all(ids.map((id) => store.clients.find(id)))
  return ids.filter((_, at) => found[at] === undefined).map((id) => `There is no client ${id} yet.`)
}

async function refuseFaults(resource: Resource, { store, config }: Work): Promise<void> {
  const faults = resourceFaults(resource, config.issuer)
  if (faults.length > 0) throw new WrongUsage(`The API cannot be registered so:\n  ${faults.join('\n  ')}`)
  if (!resource.isDefault) return
  const others = (await store.resources.all()).filter((other) => other.identifier !== resource.identifier)
  const current = others.find((other) => other.isDefault)
  if (current !== undefined) {
    throw new Failure(
      `${current.identifier} is the default; first: grantor resource update ${current.identifier} --no-default`,
    )
  }
}

function toWire(resource: Resource) {
  return {
    identifier: resource.identifier,
    name: resource.name,
    scopes: resource.scopes,
    default_scope: resource.defaultScope,
    clients: resource.clients,
    token_format: resource.tokenFormat,
    ...(resource.tokenTtl !== undefined && { token_ttl: resource.tokenTtl }),
    ...(resource.signingAlg !== undefined && { signing_alg: resource.signingAlg }),
    default: resource.isDefault,
    disabled: resource.disabled,
    created_at: resource.createdAt,
  }
}

function show(resource: Resource): string {
  const { scopes, ...rest } = toWire(resource)
  const head = facts({ ...rest, created_at: time(resource.createdAt) })
  const lines = scopes.map((scope) => [`  ${scope.name}`, scope.description])
  return `${head}\n${table(['  scope', 'what a person reads'], lines, 'No scopes.')}`
}
