// Owns the open streams of changes (server-sent events): who hears what, from where, and when a stream ends.
import type { Revocation } from '../store/store.js'
import type { ListToken } from './list-token.js'
import type { Revoked } from './revoked.js'

export type Streams = {
  /**
   * The changes of a list from now on; begins with what came after the event `lastId`, or with the whole signed
   * list where that cannot be said. Undefined if there is no such list.
   */
  open(
    list: number,
    lastId: string | undefined,
    listener: ListenerKey,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined>
  /** Whether there is no room for another stream of this listener (EX07). */
  isFull(listener: ListenerKey): boolean
  tell(list: number, changes: readonly Revocation[]): void
  /** Ends every stream and takes no more, so that the server can end. */
  end(): void
}

export type StreamOptions = {
  readonly revoked: Pick<Revoked, 'since'>
  readonly token: (list: number) => Promise<ListToken | undefined>
  readonly now: () => number
}

/**
 * Who streams are counted for: a client, or a client address where the client registered itself. Such clients share a
 * tenth of all places, so that they never take those of the clients that an administrator registered.
 */
export type ListenerKey = { readonly client: string } | { readonly address: string }

/** A listener costs a socket and some ten kilobytes. */
const most = 10_000
const mostOfClient = 1000
const mostOfAddress = 20
const mostUntrusted = most / 10
/** Milliseconds of silence after which a comment says that the stream lives. */
const keepAlive = 15_000
/** Bytes that a listener may be behind; then it must begin anew. */
const longestQueue = 1 << 20
/** Milliseconds after which a listener has to show again who it is. */
const longest = 3_600_000
/** Changes in one event, so that no line grows beyond what readers take. */
const mostInEvent = 1000

type Listener = {
  readonly list: number
  readonly key: ListenerKey
  readonly controller: Controller
  readonly openedAt: number
}
type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>

const utf8 = new TextEncoder()

export function createStreams({ revoked, token, now }: StreamOptions): Streams {
  const listeners = new Set<Listener>()
  let ticking: NodeJS.Timeout | undefined
  let ended = false
  const open = new Map<string, number>()

  function add(listener: Listener): void {
    listeners.add(listener)
    for (const name of countedAs(listener.key)) open.set(name, (open.get(name) ?? 0) + 1)
    ticking ??= setInterval(tick, keepAlive).unref()
  }

  function remove(listener: Listener): void {
    if (!listeners.delete(listener)) return
    for (const name of countedAs(listener.key)) {
      const left = (open.get(name) ?? 0) - 1
      if (left > 0) open.set(name, left)
      else open.delete(name)
    }
    if (listeners.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }

  function end(listener: Listener): void {
    remove(listener)
    listener.controller.close()
  }

  function send(listener: Listener, bytes: Uint8Array<ArrayBuffer>): void {
    listener.controller.enqueue(bytes)
    if ((listener.controller.desiredSize ?? 0) < 0) end(listener)
  }

  function tick(): void {
    const bytes = utf8.encode(': keep-alive\n\n')
    for (const listener of listeners) {
      if (performance.now() - listener.openedAt > longest) end(listener)
      else send(listener, bytes)
    }
  }

  /** What a new listener hears first. Nothing is awaited between this and `add`, so that no change falls between. */
  function opening(list: number, lastId: string | undefined, whole: ListToken): string {
    const seen = lastId !== undefined && /^\d{1,15}$/.test(lastId) ? Number(lastId) : undefined
    const missed = seen === undefined ? undefined : revoked.since(list, seen)
    if (missed !== undefined) return changeEvents(missed, now()) || ': resumed\n\n'
    const since = revoked.since(list, whole.upTo) ?? []
    return event('list', whole.upTo, whole.text) + changeEvents(since, now())
  }

  return {
    async open(list, lastId, key) {
      const whole = await token(list)
      if (whole === undefined) return undefined
      let mine: Listener | undefined
      return new ReadableStream<Uint8Array<ArrayBuffer>>(
        {
          start(controller) {
            mine = { list, key, controller, openedAt: performance.now() }
            controller.enqueue(utf8.encode(`retry: 1000\n\n${opening(list, lastId, whole)}`))
            add(mine)
          },
          cancel() {
            if (mine) remove(mine)
          },
        },
        new ByteLengthQueuingStrategy({ highWaterMark: longestQueue }),
      )
    },
    isFull(key) {
      if (ended || listeners.size >= most) return true
      const limits = 'client' in key ? [mostOfClient] : [mostOfAddress, mostUntrusted]
      return countedAs(key).some((name, index) => (open.get(name) ?? 0) >= (limits[index] ?? most))
    },
    tell(list, changes) {
      const bytes = utf8.encode(changeEvents(changes, now()))
      for (const listener of listeners) if (listener.list === list) send(listener, bytes)
    },
    end() {
      ended = true
      for (const listener of listeners) end(listener)
    },
  }
}

function countedAs(key: ListenerKey): string[] {
  return 'client' in key ? [`client ${key.client}`] : [`address ${key.address}`, 'untrusted']
}

/** `at` lets a verifier tell whether a list that it fetches has these already (its `iat`). */
function changeEvents(changes: readonly Revocation[], at: number): string {
  let text = ''
  for (let from = 0; from < changes.length; from += mostInEvent) {
    const some = changes.slice(from, from + mostInEvent)
    const last = some.at(-1)?.id ?? 0
    text += event('change', last, JSON.stringify({ at, invalid: some.map(({ index }) => index) }))
  }
  return text
}

/** No field has a line break in it: a JWT and JSON of numbers. */
function event(name: string, id: number, data: string): string {
  return `event: ${name}\nid: ${id}\ndata: ${data}\n\n`
}
