// Owns `grantor audit`: what has happened, as it was written down.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AuditRecord } from '../store/store.js'
import { findUser } from './find-user.js'
import { table, time } from './text.js'
import { addVerb, type Verb, WrongUsage, wholeNumber } from './verb.js'
import { withStore } from './work.js'
import type { World } from './world.js'

type Options = { limit: number; type?: string; user?: string; follow?: boolean; json?: boolean }

const pollMs = 1000

const tail: Verb<Options> = {
  usage: 'tail',
  about: 'show the latest events, oldest first',
  example: 'npx grantor audit tail --limit 20 --user ada',
  options: (command) =>
    command
      .option('--limit <n>', 'how many', wholeNumber(1, 100_000), 50)
      .option('--type <type>', 'only one kind of event, as in grant.revoked')
      .option('--user <user>', 'only those of one person')
      .option('--follow', 'go on showing what happens, until interrupted'),
  run: (world, { limit, type, user, follow, json }) => {
    if (follow && json) throw new WrongUsage('--json prints one value, so it cannot --follow.')
    return withStore(world, async (work) => {
      const sub = user === undefined ? undefined : (await findUser(work, user)).sub
      const entries = await work.store.audit.list({ limit, type, sub })
      if (!follow) return { value: entries.map(toWire), text: show(entries) }
      world.out(`${show(entries)}\n`)
      let last = entries.at(-1)?.id
      for (;;) {
        await sleep(pollMs)
        const fresh = await work.store.audit.list({ limit: 1000, type, sub, after: last ?? '' })
        if (fresh.length > 0) world.out(`${fresh.map(line).join('\n')}\n`)
        last = fresh.at(-1)?.id ?? last
      }
    })
  },
}

export function register(program: Command, world: World): void {
  const noun = program.command('audit').description('what has happened')
  addVerb(noun, world, tail)
}

function cells(entry: AuditRecord): string[] {
  const about = [
    entry.sub,
    entry.clientId,
    entry.grantId && `grant=${entry.grantId}`,
    entry.sessionId && `session=${entry.sessionId}`,
    entry.ip && `ip=${entry.ip}`,
    entry.count && `count=${entry.count}`,
    entry.detail && JSON.stringify(entry.detail),
  ]
  return [time(entry.at) as string, entry.type, about.filter((fact) => fact !== undefined).join(' ')]
}

function show(entries: readonly AuditRecord[]): string {
  return table(['time', 'event', 'about'], entries.map(cells), 'Nothing yet.')
}

function line(entry: AuditRecord): string {
  return table(cells(entry), [], cells(entry).join('  '))
}

function toWire(entry: AuditRecord) {
  return {
    id: entry.id,
    at: entry.at,
    type: entry.type,
    ...(entry.sub !== undefined && { sub: entry.sub }),
    ...(entry.clientId !== undefined && { client_id: entry.clientId }),
    ...(entry.grantId !== undefined && { grant_id: entry.grantId }),
    ...(entry.sessionId !== undefined && { session_id: entry.sessionId }),
    ...(entry.ip !== undefined && { ip: entry.ip }),
    ...(entry.detail !== undefined && { detail: entry.detail }),
    ...(entry.count !== undefined && { count: entry.count }),
  }
}
