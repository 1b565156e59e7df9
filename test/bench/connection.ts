// Owns one keep-alive HTTP/1.1 connection that costs the measuring side as little as possible.
// Every general client spends more time per request than the servers measured here do.
import net from 'node:net'

export type Answer = { status: number; head: string; body: string }

export type Connection = {
  /** Sends one request and hands its answer to `done`; one request at a time. */
  send(request: string, done: (answer: Answer) => void): void
  close(): void
}

/** Connects to a port of this machine. `failed` is told when the connection breaks while it is in use. */
export function connect(port: number, failed: (error: Error) => void): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    let pending: ((answer: Answer) => void) | undefined
    let received = ''
    // latin1 keeps one character per byte, so that lengths in the answer count characters.
    socket.setEncoding('latin1')
    socket.once('connect', () => {
      resolve({
        send(request, done) {
          pending = done
          socket.write(request, 'latin1')
        },
        close: () => socket.destroy(),
      })
    })
    socket.on('data', (chunk: string) => {
      received = received === '' ? chunk : received + chunk
      const answer = readAnswer(received)
      if (answer === undefined) return
      received = ''
      const done = pending
      pending = undefined
      done?.(answer)
    })
    socket.on('error', (error) => (pending ? failed(error) : reject(error)))
    socket.on('close', () => {
      if (pending) failed(new Error('the server closed the connection before it answered'))
    })
  })
}

/** As `connect`, with a promise for each answer: for what is not timed by the microsecond. */
export async function converse(port: number) {
  let broken: (error: Error) => void = () => {}
  const connection = await connect(port, (error) => broken(error))
  return {
    ask: (request: string) =>
      new Promise<Answer>((resolve, reject) => {
        broken = reject
        connection.send(request, resolve)
      }),
    close: connection.close,
  }
}

/** The whole answer, or undefined while a part of it is still to come. */
export function readAnswer(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end)
  const status = Number(head.slice(9, 12))
  const body = text.slice(end + 4)
  if (status === 204 || status === 304) return { status, head, body: '' }
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return body.length < Number(length) ? undefined : { status, head, body }
  const whole = readChunks(body)
  return whole === undefined ? undefined : { status, head, body: whole }
}

function readChunks(text: string): string | undefined {
  let at = 0
  let body = ''
  while (true) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(text.slice(at, line), 16)
    if (size === 0) return text.endsWith('\r\n\r\n') ? body : undefined
    if (text.length < line + 4 + size) return undefined
    body += text.slice(line + 2, line + 2 + size)
    at = line + 4 + size
  }
}

export function headerOf(answer: Answer, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(answer.head)?.[1]
}

/** A request as it goes over the wire. */
export function request(
  method: 'GET' | 'POST',
  target: URL,
  headers: Record<string, string> = {},
  body?: URLSearchParams | string,
): string {
  const text = body?.toString() ?? ''
  const lines = [`${method} ${target.pathname}${target.search} HTTP/1.1`, `host: ${target.host}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  if (method === 'POST') {
    lines.push('content-type: application/x-www-form-urlencoded', `content-length: ${text.length}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

/** A request with a form in which one value is still missing. */
export type Blank = { head: string; before: string; after: string }

export function blank(text: string, value: string): Blank {
  const [before = '', after = ''] = text.slice(text.indexOf('\r\n\r\n') + 4).split(value)
  return { head: text.slice(0, text.indexOf('content-length')), before, after }
}

export function filled({ head, before, after }: Blank, value: string): string {
  const body = before + encodeURIComponent(value) + after
  return `${head}content-length: ${body.length}\r\n\r\n${body}`
}
