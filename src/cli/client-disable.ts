// `grantor client disable` and `enable`: one client by its id, or self-registered clients by their host.
import { allowHost, allowId, denyHost, denyId } from '../clients/deny-list.js'
import { documentUrlFault, originOf } from '../protocol/client-id.js'
import type { DeniedClient } from '../store/store.js'
import { Failure, type Outcome, type Verb, WrongUsage } from './verb.js'
import { record, type Work, withStore } from './work.js'

type Options = { host?: string }

export const disable: Verb<Options> = {
  usage: 'disable [client_id]',
  about: 'stop an app, or with --host all self-registered apps of a host, and end all connections',
  example: 'npx grantor client disable demo-web',
  options: (command) =>
    command.option('--host <host>', 'self-registered apps at this host and the names below it'),
  run: (world, options, id) =>
    withStore(world, async (work) => {
      const target = targetOf(options, id as string | undefined)
      if ('host' in target) {
        await denyHost(work, target.host)
        return done(work, target, true)
      }
      if (originOf(target.id) === 'row') {
        if (!(await work.store.clients.setDisabled(target.id, true, work.now()))) throw unknown(target.id)
        return done(work, target, true)
      }
      const fault = idFault(target.id)
      if (fault !== undefined) throw new WrongUsage(`${target.id} is no client_id: ${fault}.`)
      await denyId(work, target.id)
      return done(work, target, true)
    }),
}

export const enable: Verb<Options> = {
  usage: 'enable [client_id]',
  about: 'let an app, or with --host the self-registered apps of a host, work again',
  example: 'npx grantor client enable demo-web',
  options: (command) => command.option('--host <host>', 'a host that client list shows as disabled'),
  run: (world, options, id) =>
    withStore(world, async (work) => {
      const target = targetOf(options, id as string | undefined)
      const isKnown = 'host' in target ? await allowHost(work, target.host) : await allowId(work, target.id)
      if (isKnown) return done(work, target, false)
      throw 'host' in target ? new Failure(`The host ${target.host} is not disabled.`) : unknown(target.id)
    }),
}

export type Denied =
  | { client_id: string; disabled: true; disabled_at: number }
  | { host: string; disabled: true; disabled_at: number }

/** As `client list` and `client get` show what is on the deny list. */
export function deniedToWire({ kind, value, createdAt }: DeniedClient): Denied {
  const facts = { disabled: true, disabled_at: createdAt } as const
  return kind === 'host' ? { host: value, ...facts } : { client_id: value, ...facts }
}

type Target = { readonly id: string } | { readonly host: string }

function targetOf({ host }: Options, id: string | undefined): Target {
  if ((host === undefined) === (id === undefined))
    throw new WrongUsage('Name a client_id or --host, and one of them.')
  return host === undefined ? { id: id as string } : { host: canonicalHost(host) }
}

/** As URLs spell it, without a dot at its end. */
function canonicalHost(text: string): string {
  const url = `https://${text}/`
  const { hostname, href } = URL.canParse(url) ? new URL(url) : { hostname: '', href: '' }
  if (hostname === '' || href !== `https://${hostname}/` || /[/:@?#\\*\s]/.test(text)) {
    throw new WrongUsage(
      `${text} is no host. Give a name such as evil.example, without scheme, port and path.`,
    )
  }
  return hostname.replace(/\.$/, '')
}

function idFault(id: string): string | undefined {
  if (originOf(id) === 'document') return documentUrlFault(id, { loopback: true })
  return /^[A-Za-z0-9_-]{1,1024}$/.test(id) ? undefined : 'it holds other characters than A-Z a-z 0-9 _ -'
}

async function done(work: Work, target: Target, disabled: boolean): Promise<Outcome> {
  const type = disabled ? 'client.disabled' : 'client.enabled'
  await record(work, {
    type,
    ...('host' in target ? { detail: { host: target.host } } : { clientId: target.id }),
  })
  if ('host' in target) {
    const { host } = target
    const text = disabled
      ? `Self-registered apps at ${host} and the names below it are disabled; all their connections have ended.`
      : `Self-registered apps at ${host} are enabled.`
    return { value: { host, disabled }, text }
  }
  const state = disabled ? 'disabled; all its connections have ended' : 'enabled'
  return { value: { client_id: target.id, disabled }, text: `${target.id} is ${state}.` }
}

function unknown(id: string): Failure {
  return new Failure(`There is no client ${id}.`)
}
