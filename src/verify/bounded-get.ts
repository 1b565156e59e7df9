// Owns GET requests that cannot hang, grow without end or wander off.
import { isObject } from '../protocol/json.js'
import { whyOf } from './fault.js'
import type { World } from './world.js'

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export type GetOptions = {
  readonly accept: string
  /** Decompressed, in bytes. */
  readonly maxBytes: number
  /** Seconds for everything, the body too. */
  readonly timeout: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Only for what is signed: the signature then says whose it is, wherever it came from. */
  readonly followRedirects?: boolean | undefined
}

/** @throws Error for a network fault, a redirect, a late or an oversized answer; any status is an answer. */
export async function boundedGet(url: string, options: GetOptions, world: World): Promise<Answer> {
  const stop = new AbortController()
  const late = new Error(`GET ${url}: no answer within ${options.timeout} s`)
  const cancel = world.later(() => stop.abort(late), options.timeout)
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason))
  })
  try {
    return await Promise.race([read(url, options, stop, world), stopped])
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : new Error(`GET ${url}: ${whyOf(error)}`)
  } finally {
    cancel()
  }
}

async function read(url: string, options: GetOptions, stop: AbortController, world: World): Promise<Answer> {
  const response = await world.fetch(url, {
    headers: { accept: options.accept, ...options.headers },
    redirect: options.followRedirects ? 'follow' : 'manual',
    signal: stop.signal,
  })
  const { status, headers } = response
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of chunksOf(response)) {
    size += piece.byteLength
    if (size > options.maxBytes) {
      stop.abort(new Error(`GET ${url}: more than ${options.maxBytes} bytes`))
      throw stop.signal.reason
    }
    pieces.push(piece)
  }
  return { status, headers, text: Buffer.concat(pieces).toString('utf8') }
}

/** The body as it comes; whoever stops listening cancels it. */
export async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** A JSON object from an answer with status 200. @throws Error that names the address and the fault */
export function jsonObject(url: string, { status, text }: Answer): Record<string, unknown> {
  if (status !== 200) throw new Error(`GET ${url}: status ${status}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`GET ${url}: not JSON`)
  }
  if (!isObject(value)) throw new Error(`GET ${url}: not a JSON object`)
  return value
}
