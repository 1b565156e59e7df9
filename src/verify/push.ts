// Owns the stream on which the issuer tells changes of one status list as they happen. Polling goes on beside it:
// what a broken stream does not tell, the next list does.
import { isObject, isTime } from '../protocol/json.js'
import { chunksOf } from './bounded-get.js'
import type { Change, Changes } from './changes.js'
import { eventReader, type StreamEvent } from './event-stream.js'
import { whyOf } from './fault.js'
import type { Kept } from './kept.js'
import { type ListRules, type ListToken, loaded, maxListLength, readListToken } from './list-token.js'

/** A confidential client of the issuer. */
export type PushCredentials = { readonly clientId: string; readonly clientSecret: string }

export type Subscription = {
  readonly kept: Pick<Kept<ListToken>, 'last' | 'adopt' | 'refresh'>
  readonly changes: Changes
  readonly rules: ListRules
  readonly onFault: (reason: string) => void
}

/** The issuer says something every 15 s; three times that without a word and nobody is there. In seconds. */
const silence = 45
const longestPause = 60

/**
 * Listens until the result is called. The secret is for the issuer: at any other origin, also one that may hold its
 * lists, nothing is listened to (PC14).
 */
export function subscribe(uri: string, credentials: PushCredentials, subscription: Subscription): () => void {
  const { world, issuer } = subscription.rules
  if (new URL(uri).origin !== new URL(issuer).origin) {
    subscription.onFault(
      `events of ${uri}: not at the origin of ${issuer}, so the secret is not sent there; the list is polled`,
    )
    return () => {}
  }
  let closed = false
  let end = () => {}
  let lastId: string | undefined
  let failures = 0

  const listen = async () => {
    const stop = new AbortController()
    let cancel = () => {}
    const heard = () => {
      cancel()
      cancel = world.later(() => stop.abort(new Error(`nothing for ${silence} s`)), silence)
    }
    end = () => {
      cancel()
      stop.abort(new Error('closed'))
    }
    heard()
    try {
      const read = eventReader(maxListLength(subscription.rules.maxEntries))
      const response = await world.fetch(eventsUrl(uri), {
        headers: requestHeaders(credentials, lastId),
        redirect: 'error',
        signal: stop.signal,
      })
      if (!isStream(response)) {
        await response.body?.cancel()
        throw new Error(`status ${response.status}, ${response.headers.get('content-type')}`)
      }
      for await (const bytes of chunksOf(response)) {
        heard()
        for (const event of read(bytes)) {
          await take(event, uri, subscription)
          lastId = event.id
        }
      }
      throw new Error('it ended')
    } finally {
      cancel()
    }
  }

  const keepListening = async (): Promise<void> => {
    const since = world.now()
    await listen().catch((error) => {
      if (closed) return
      if (world.now() - since > silence) failures = 0
      subscription.onFault(`events of ${uri}: ${whyOf(error)}`)
      const pause = Math.min(2 ** failures++, longestPause) * (0.5 + 0.5 * world.random())
      end = world.later(() => void keepListening(), pause)
    })
  }

  void keepListening()
  return () => {
    closed = true
    end()
  }
}

/** @throws Error for an event that cannot be believed; the stream is then begun anew */
async function take(
  { event, data }: StreamEvent,
  uri: string,
  { kept, changes, rules }: Subscription,
): Promise<void> {
  if (event === 'list') {
    const since = rules.world.now()
    const list = await readListToken(uri, data.trim(), rules)
    // A node that is behind must not undo what another one has said.
    if (list.iat < (kept.last()?.iat ?? 0)) return
    kept.adopt(loaded(list, since, rules))
    changes.settle(list.iat)
  }
  if (event === 'change') changes.add(readChange(data), kept.last()?.iat ?? 0)
}

function readChange(data: string): Change {
  const change: unknown = JSON.parse(data)
  if (!isObject(change) || !isTime(change.at)) throw new Error('a change without a time')
  const { at, invalid } = change
  if (!isIndexes(invalid)) throw new Error('a change of what is no index')
  return { at, invalid }
}

function isIndexes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((index) => Number.isSafeInteger(index) && index >= 0)
}

function eventsUrl(uri: string): string {
  const url = new URL(uri)
  url.pathname = `${url.pathname}/events`
  return url.href
}

function isStream({ status, headers }: Response): boolean {
  return status === 200 && /^text\/event-stream(;|$)/i.test(headers.get('content-type') ?? '')
}

function requestHeaders(
  { clientId, clientSecret }: PushCredentials,
  lastId: string | undefined,
): Record<string, string> {
  // RFC 6749 2.3.1: each part form-urlencoded before the two are joined.
  const [id, secret] = [clientId, clientSecret].map((part) =>
    new URLSearchParams([['', part]]).toString().slice(1),
  )
  return {
    accept: 'text/event-stream',
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    ...(lastId && { 'last-event-id': lastId }),
  }
}
