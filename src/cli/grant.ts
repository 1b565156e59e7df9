// Owns `grantor grant`: which app may act for whom.
import type { Command } from 'commander'
import type { GrantRow } from '../store/store.js'
import { findUser } from './find-user.js'
import { type Paging, page, pagingOptions } from './paging.js'
import { table, time } from './text.js'
import { addVerb, Failure, type Verb } from './verb.js'
import { record, withStore } from './work.js'
import type { World } from './world.js'

const list: Verb<Paging & { user?: string; client?: string }> = {
  usage: 'list',
  about: 'list the connections that are alive',
  example: 'npx grantor grant list --user ada --client demo-web',
  options: (command) =>
    pagingOptions(
      command
        .option('--user <user>', 'only those of one person')
        .option('--client <client_id>', 'only those of one app'),
    ),
  run: (world, { user, client, ...paging }) =>
    withStore(world, async (work) => {
      const sub = user === undefined ? undefined : (await findUser(work, user)).sub
      const { rows, notes } = await page(paging, (wanted) =>
        work.store.grants.list({ ...wanted, sub, clientId: client, now: work.now() }),
      )
      const lines = rows.map((row) => [
        row.id,
        row.clientId,
        row.sub,
        row.scope,
        row.resources,
        time(row.lastUsedAt ?? row.createdAt),
      ])
      const text = table(['id', 'client', 'sub', 'scope', 'resources', 'last used'], lines, 'No connections.')
      return { value: rows.map(toWire), text, notes }
    }),
}

const revoke: Verb<unknown> = {
  usage: 'revoke <id>',
  about: 'end one connection and every token under it',
  example: 'npx grantor grant revoke 1VvXyZ0000AbCdEf',
  run: (world, _options, id) =>
    withStore(world, async (work) => {
      const grant = await work.store.grants.find(id as string)
      if (grant === undefined) throw new Failure(`There is no connection ${id}.`)
      const revoked = await work.store.grants.revoke(grant.id, work.now(), 'administrator')
      const { sub, clientId } = grant
      await record(work, { type: 'grant.revoked', sub, clientId, grantId: grant.id })
      return {
        value: { id: grant.id, revoked: true },
        text: `Connection ${grant.id} ${revoked ? 'ended' : 'had ended before'}.`,
      }
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('grant').description('which app may act for whom')
  addVerb(noun, world, list)
  addVerb(noun, world, revoke)
}

function toWire(grant: GrantRow) {
  return {
    id: grant.id,
    kind: grant.kind,
    ...(grant.sub !== undefined && { sub: grant.sub }),
    client_id: grant.clientId,
    ...(grant.sid !== undefined && { sid: grant.sid }),
    session_bound: grant.sessionBound,
    scope: grant.scope.join(' '),
    resources: grant.resources,
    created_at: grant.createdAt,
    ...(grant.lastUsedAt !== undefined && { last_used_at: grant.lastUsedAt }),
    ...(grant.refreshExpiresAt !== undefined && { refresh_expires_at: grant.refreshExpiresAt }),
    expires_at: grant.expiresAt,
  }
}
