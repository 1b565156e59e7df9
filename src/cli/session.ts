// Owns `grantor session`: who is signed in.
import type { Command } from 'commander'
import type { Session } from '../store/store.js'
import { findUser } from './find-user.js'
import { type Paging, page, pagingOptions } from './paging.js'
import { table, time } from './text.js'
import { addVerb, Failure, type Verb } from './verb.js'
import { record, withStore } from './work.js'
import type { World } from './world.js'

const list: Verb<Paging & { user?: string }> = {
  usage: 'list',
  about: 'list the sessions that are alive',
  example: 'npx grantor session list --user ada',
  options: (command) => pagingOptions(command.option('--user <user>', 'only those of one person')),
  run: (world, { user, ...paging }) =>
    withStore(world, async (work) => {
      const sub = user === undefined ? undefined : (await findUser(work, user)).sub
      const { rows, notes } = await page(paging, (wanted) =>
        work.store.sessions.list({ ...wanted, sub, now: work.now() }),
      )
      const lines = rows.map((row) => [
        row.id,
        row.sub,
        time(row.authTime),
        time(row.lastSeenAt),
        time(endOf(row)),
      ])
      const text = table(['id', 'sub', 'signed in', 'last seen', 'ends'], lines, 'Nobody is signed in.')
      return { value: rows.map(toWire), text, notes }
    }),
}

const revoke: Verb<{ disconnectApps?: boolean }> = {
  usage: 'revoke <id>',
  about: 'end one session and the connections that live only as long as it',
  example: 'npx grantor session revoke 1VvXyZ0000AbCdEf',
  options: (command) =>
    command.option('--disconnect-apps', 'end the durable connections that were made in it, too'),
  run: (world, { disconnectApps = false }, id) =>
    withStore(world, async (work) => {
      const session = await work.store.sessions.find(id as string)
      if (session === undefined) throw new Failure(`There is no session ${id}.`)
      const { revokeBySession, revokeBegunIn } = work.store.grants
      const end = () => (disconnectApps ? revokeBegunIn : revokeBySession)(session, work.now(), 'signed out')
      // Once more afterwards, for what was bound to it meanwhile.
      const before = await end()
      await work.store.sessions.end(session, work.now())
      const grants = before + (await end())
      await record(work, { type: 'session.revoked', sub: session.sub, sessionId: session.sid })
      return {
        value: { id: session.id, revoked: true, grants_revoked: grants },
        text: `Session ${session.id} ended, with ${grants} connections.`,
      }
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('session').description('who is signed in')
  addVerb(noun, world, list)
  addVerb(noun, world, revoke)
}

function endOf(session: Session): number {
  return Math.min(session.idleExpiresAt, session.expiresAt)
}

function toWire(session: Session) {
  return {
    id: session.id,
    sid: session.sid,
    sub: session.sub,
    auth_time: session.authTime,
    acr: session.acr,
    amr: session.amr,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: endOf(session),
  }
}
