// Owns telling clients that somebody has signed out (OIDC Back-Channel Logout 1.0 2.5 to 2.7): when, how often, what
// counts as told.
import { newId } from './crypto/handle.js'
import type { Deps } from './deps.js'
import { auditRetention } from './protocol/audit-retention.js'
import type { Client } from './protocol/client.js'
import { type ChosenBy, requesterOf } from './protocol/requester.js'
import type { LogoutCall, WaitingClient } from './store/store.js'
import { mintLogoutToken } from './tokens/logout-token.js'

export type LogoutCalls = {
  /** Begins with everything that is due; resolves once it has begun. */
  round(): Promise<void>
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>
  /** Begins nothing from now on; resolves when nothing is under way any more. */
  stop(): Promise<void>
}

type Callee = { readonly clientId: string; readonly chosenBy: ChosenBy }

type Verdict = { readonly kind: 'told' | 'later' | 'never'; readonly why: string }

/**
 * Calls at the same time, to all clients of a kind and to one of them: a slow client holds up no other one, and those
 * that have registered themselves hold up none that an administrator has registered.
 */
const limits: Record<ChosenBy, { readonly total: number; readonly client: number }> = {
  administrator: { total: 20, client: 4 },
  'self-registered': { total: 20, client: 2 },
}
/** Milliseconds for one try. */
const patience = 5000
/** Seconds for which nobody else may try: longer than a try can take. */
const lease = 30
/** Seconds before each further try. */
const pauses = [10, 60, 300, 1800, 3600]

/** @param timeout milliseconds for one try; only tests are in a hurry */
export function createLogoutCalls(deps: Deps, { timeout = patience } = {}): LogoutCalls {
  const { store, now, log } = deps
  const underWay = new Map<Promise<void>, Callee>()
  let begun: Promise<void> | undefined
  let again = false
  let stopped = false
  /** The client that was served last: the next round goes on behind it. */
  let last = ''

  function round(): Promise<void> {
    again = true
    begun ??= rounds().finally(() => {
      begun = undefined
    })
    return begun
  }

  async function rounds(): Promise<void> {
    while (again && !stopped) {
      again = false
      for (const client of inTurn(await store.logoutCalls.waiting(now()), last)) {
        if (stopped) return
        const { chosenBy } = requesterOf(client, () => '')
        const callee = { clientId: client.clientId, chosenBy }
        if (hasRoom(callee)) again = (await begin(callee)) || again
      }
    }
  }

  /** What is taken is on disk before anything is sent, and the end of the session with it. */
  async function begin(callee: Callee): Promise<boolean> {
    const { clientId } = callee
    const since = store.batch()
    const call = await store.logoutCalls.claim(clientId, now(), now() + lease)
    await store.committed(since)
    if (!call) return false
    last = clientId
    const telling = tell(deps, call, timeout)
      .catch((err: unknown) => log.error({ err, clientId }, 'a client could not be told of a logout yet'))
      .then(() => {
        underWay.delete(telling)
        return stopped ? undefined : round()
      })
      .catch((err: unknown) => log.error({ err }, 'no client can be told of a logout'))
    underWay.set(telling, callee)
    return true
  }

  function hasRoom({ clientId, chosenBy }: Callee): boolean {
    const alike = [...underWay.values()].filter((callee) => callee.chosenBy === chosenBy)
    const { total, client } = limits[chosenBy]
    return alike.length < total && alike.filter((callee) => callee.clientId === clientId).length < client
  }

  async function idle(): Promise<void> {
    while (begun || underWay.size > 0) await Promise.allSettled([begun, ...underWay.keys()])
  }

  return {
    round,
    idle,
    stop: () => {
      stopped = true
      return idle()
    },
  }
}

async function tell(deps: Deps, call: LogoutCall, timeout: number): Promise<void> {
  const { store, clients, now, log } = deps
  const since = store.batch()
  const client = await clients.known(call.clientId)
  const uri = client?.metadata.backchannel_logout_uri
  const { kind, why } =
    client && uri !== undefined ? await attempt(deps, client, uri, call, timeout) : nobodyToTell
  const { clientId, sid, attempts } = call
  const pause = pauses[attempts - 1]
  const facts = { clientId, sid, attempts, why }
  if (kind === 'later' && pause !== undefined) {
    log.warn(facts, 'a client could not be told of a logout yet')
    await store.logoutCalls.postpone(call, now() + pause)
  } else if (await store.logoutCalls.settle(call)) {
    if (kind === 'told') log.debug(facts, 'a client was told of a logout')
    else await giveUp(deps, call, why)
  }
  await store.committed(since)
}

const nobodyToTell: Verdict = { kind: 'told', why: 'it has no address for this' }

/** A token of its own for each try: one that is two minutes old is worth nothing. */
async function attempt(
  deps: Deps,
  client: Client,
  uri: string,
  call: LogoutCall,
  timeout: number,
): Promise<Verdict> {
  if (client.disabled) return { kind: 'never', why: 'the client is disabled' }
  if (deps.now() >= call.expiresAt) return { kind: 'never', why: 'a day has gone by' }
  const answer = await deps.fetch(uri, {
    purpose: 'logout',
    requester: requesterOf(client, () => `client ${client.id}`),
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: await mintLogoutToken(client, call, deps) }).toString(),
    timeout,
    maxBytes: 0,
  })
  if ('refused' in answer) {
    const { refused, why } = answer
    return { kind: refused === 'bad_url' || refused === 'forbidden_address' ? 'never' : 'later', why }
  }
  const why = `it answered ${answer.status}`
  // 2.8: 200, and 204 of frameworks that answer nothing; with 400 the client says that it cannot or will not.
  if (answer.status === 200 || answer.status === 204) return { kind: 'told', why }
  return { kind: answer.status === 400 ? 'never' : 'later', why }
}

async function giveUp({ store, now, random, log }: Deps, call: LogoutCall, why: string): Promise<void> {
  const { clientId, sub, sid, attempts } = call
  log.error({ clientId, sid, attempts, why }, 'a client was not told of a logout')
  const at = now()
  await store.audit.record({
    id: newId(at, random),
    at,
    type: 'client.logout_failed',
    sub,
    clientId,
    sessionId: sid,
    detail: { why, attempts },
    expiresAt: at + auditRetention,
  })
}

/** Round and round: those behind the last one first. */
function inTurn(clients: readonly WaitingClient[], last: string): WaitingClient[] {
  const isAfter = ({ clientId }: WaitingClient) => clientId > last
  return [...clients.filter(isAfter), ...clients.filter((client) => !isAfter(client))]
}
