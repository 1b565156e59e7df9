// Owns `grantor client`: the apps that sign people in or call APIs.
import type { Command } from 'commander'
import { withdraw } from '../clients/clients.js'
import { newId } from '../crypto/handle.js'
import {
  type Client,
  type ClientKind,
  type ClientMetadata,
  clientKinds,
  hasSecret,
} from '../protocol/client.js'
import { idTokenClaimsMode } from '../protocol/id-token-claims.js'
import { requiresPkce } from '../protocol/pkce.js'
import { mayShowApiToken } from '../protocol/userinfo.js'
import type { DeniedClient } from '../store/store.js'
import { deniedToWire, disable, enable } from './client-disable.js'
import { checked, type MetadataOptions, membersOf, metadataOptions } from './client-metadata.js'
import { notesOn } from './client-notes.js'
import { addSecret, hasUsableSecret } from './client-secret.js'
import { type Paging, page, pagingOptions } from './paging.js'
import { table } from './text.js'
import { addVerb, Failure, oneOf, requireChange, type Verb, WrongUsage, wholeNumber } from './verb.js'
import { record, type Work, withStore } from './work.js'
import type { World } from './world.js'

const onceNote =
  'Keep the client_secret: it is not shown again. (grantor client rotate-secret makes another.)'

const create: Verb<MetadataOptions & { kind: ClientKind; id?: string }> = {
  usage: 'create',
  about: 'register an app; prints its metadata (RFC 7591), the secret this once',
  example:
    'npx grantor client create --kind web --name "My app" --redirect-uri https://app.example.org/callback',
  options: (command) =>
    metadataOptions(
      command
        .requiredOption('--kind <kind>', `one of ${clientKinds.join(', ')}`, oneOf(clientKinds))
        .requiredOption('--name <name>', 'as people read it')
        .option('--id <client_id>', 'a client_id of your own choice'),
    ),
  run: async (world, { kind, id, ...options }) => {
    const metadata = checked(kind, membersOf(options))
    if (id !== undefined && !/^(?!u_|dcr_|(all|registered)$)[A-Za-z0-9_-]{1,100}$/.test(id)) {
      throw new WrongUsage(
        'A client_id has 1 to 100 of A-Z a-z 0-9 _ -, does not start with u_ or dcr_, and is not all or registered.',
      )
    }
    return withStore(world, async (work) => {
      const at = work.now()
      const client: Client = {
        id: id ?? newId(at, work.random),
        kind,
        metadata,
        verified: true,
        disabled: false,
        ownGrantId: newId(at, work.random),
        createdAt: at,
        updatedAt: at,
      }
      if (!(await work.store.clients.create(client)))
        throw new Failure(`There is a client ${client.id} already.`)
      await record(work, { type: 'client.created', clientId: client.id })
      const notes = await notesOn(client, work)
      if (!hasSecret(metadata)) return { value: toWire(client), notes }
      return { value: toWire(client, await addSecret(client, work)), notes: [...notes, onceNote] }
    })
  },
}

const update: Verb<MetadataOptions> = {
  usage: 'update <client_id>',
  about: 'change an app; a list that is given replaces the whole list',
  example: 'npx grantor client update demo-web --redirect-uri https://app.example.org/callback',
  options: (command) =>
    metadataOptions(command.option('--name <name>', 'as people read it')).option(
      '--unset <key>',
      'remove a metadata member; repeatable',
      (key: string, before: string[] | undefined) => [...(before ?? []), key],
    ),
  run: async (world, options, id) => {
    requireChange(options)
    return withStore(world, async (work) => {
      const before = await findClient(work, id as string)
      const metadata = checked(before.kind, { ...before.metadata, ...membersOf(options) })
      requirePkceAllowed(before, metadata)
      const updatedAt = work.now()
      await withdraw(work.store, before.id, updatedAt)
      const client = { ...before, metadata, updatedAt }
      await work.store.clients.update({ id: client.id, metadata, updatedAt })
      await record(work, { type: 'client.updated', clientId: client.id })
      const notes = await notesOn(client, work)
      if (hasSecret(metadata) && (await hasUsableSecret(client, work)))
        return { value: toWire(client), notes }
      const added = hasSecret(metadata) ? await addSecret(client, work) : undefined
      await work.store.clients.expireSecrets(client.id, added?.id ?? '', updatedAt)
      return { value: toWire(client, added), notes: added ? [...notes, onceNote] : notes }
    })
  },
}

const list: Verb<Paging> = {
  usage: 'list',
  about: 'list all apps',
  example: 'npx grantor client list',
  options: pagingOptions,
  run: (world, paging) =>
    withStore(world, async ({ store }) => {
      const { rows, notes } = await page(paging, (wanted) => store.clients.list(wanted))
      // Behind the last page: they are no clients, and have no place in the order.
      const denied = notes.length > 0 ? [] : await withoutRow(store)
      const lines = rows.map((client) => [
        client.id,
        client.metadata.client_name,
        client.kind,
        client.metadata.token_endpoint_auth_method,
        client.disabled ? 'disabled' : 'active',
      ])
      for (const { kind, value } of denied)
        lines.push([kind === 'host' ? `host ${value}` : value, '', '', '', 'disabled'])
      const text = table(['client_id', 'name', 'kind', 'authentication', 'state'], lines, 'No clients yet.')
      return { value: [...rows.map((client) => toWire(client)), ...denied.map(deniedToWire)], text, notes }
    }),
}

const rotateSecret: Verb<{ overlap: number }> = {
  usage: 'rotate-secret <client_id>',
  about: 'make a new secret; the one before stays valid for a while, so that nothing stops working',
  example: 'npx grantor client rotate-secret demo-web --overlap 3600',
  options: (command) =>
    command.option(
      '--overlap <seconds>',
      'how long the one before stays valid',
      wholeNumber(0, 7_776_000),
      86_400,
    ),
  run: (world, { overlap }, id) =>
    withStore(world, async (work) => {
      const client = await findClient(work, id as string)
      if (!hasSecret(client.metadata)) {
        const { token_endpoint_auth_method: method } = client.metadata
        const why = method === 'none' ? 'is a public client' : `authenticates with ${method}`
        throw new Failure(`${client.id} ${why}: it has no secret.`)
      }
      const { clients } = work.store
      const at = work.now()
      await withdraw(work.store, client.id, at)
      // Two may be live at once: of earlier ones only the newest lives on.
      const [newest] = await clients.secrets(client.id, at)
      if (newest !== undefined) await clients.expireSecrets(client.id, newest.id, at)
      const added = await addSecret(client, work)
      await clients.expireSecrets(client.id, added.id, at + overlap)
      await record(work, { type: 'client.secret_rotated', clientId: client.id })
      const value = {
        client_id: client.id,
        client_secret: added.secret,
        client_secret_expires_at: 0,
        ...(newest !== undefined && { previous_secret_expires_at: at + overlap }),
      }
      return { value, notes: [onceNote] }
    }),
}

/** What is disabled and has no row that says so. */
async function withoutRow({ clients, deniedClients }: Work['store']): Promise<DeniedClient[]> {
  const left: DeniedClient[] = []
  for (const entry of await deniedClients.all())
    if (entry.kind === 'host' || !(await clients.find(entry.value))) left.push(entry)
  return left
}

const get: Verb<unknown> = {
  usage: 'get <client_id>',
  about: 'show one app',
  example: 'npx grantor client get demo-web',
  run: (world, _options, id) =>
    withStore(world, async (work) => {
      const client = await work.store.clients.find(id as string)
      if (client) return { value: toWire(client) }
      const denied = (await work.store.deniedClients.all()).find(
        ({ kind, value }) => kind === 'id' && value === id,
      )
      if (!denied) throw new Failure(`There is no client ${id}.`)
      return { value: deniedToWire(denied) }
    }),
}

const remove: Verb<unknown> = {
  usage: 'delete <client_id>',
  about: 'remove the app and end all its connections',
  example: 'npx grantor client delete demo-web',
  run: (world, _options, id) =>
    withStore(world, async (work) => {
      const client = await findClient(work, id as string)
      await withdraw(work.store, client.id, work.now())
      await work.store.clients.remove(client.id, work.now())
      await record(work, { type: 'client.deleted', clientId: client.id })
      return { value: { client_id: client.id, deleted: true }, text: `${client.id} is deleted.` }
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('client').description('the apps that sign people in or call APIs')
  addVerb(noun, world, create)
  addVerb(noun, world, update)
  addVerb(noun, world, list)
  addVerb(noun, world, rotateSecret)
  addVerb(noun, world, get)
  addVerb(noun, world, disable)
  addVerb(noun, world, enable)
  addVerb(noun, world, remove)
}

/** Only its initial access token lets a client that registered itself leave out PKCE (PK09). */
function requirePkceAllowed({ id, verified, metadata: before }: Client, metadata: ClientMetadata): void {
  if (verified || requiresPkce(metadata) || !requiresPkce(before)) return
  throw new WrongUsage(
    `${id} has registered itself: for require_pkce=false it registers again with a token of` +
      ' grantor registration invite --allow-no-pkce, or you register the app with grantor client create.',
  )
}

async function findClient({ store }: Work, id: string): Promise<Client> {
  const client = await store.clients.find(id)
  if (client === undefined) throw new Failure(`There is no client ${id}.`)
  return client
}

/** RFC 7591 3.2.1, with what is ours beside it. */
function toWire(client: Client, added?: { secret: string }) {
  return {
    client_id: client.id,
    ...(added !== undefined && { client_secret: added.secret }),
    client_id_issued_at: client.createdAt,
    ...(added !== undefined && { client_secret_expires_at: 0 }),
    ...client.metadata,
    require_pkce: requiresPkce(client.metadata),
    id_token_claims: idTokenClaimsMode(client),
    userinfo_with_api_token: mayShowApiToken(client),
    kind: client.kind,
    verified: client.verified,
    disabled: client.disabled,
  }
}
