// Owns a mail server for tests: it speaks as much of RFC 5321 as a mail takes, on loopback, and keeps what it hears.
import { type AddressInfo, createServer, type Socket } from 'node:net'

export type Received = {
  /** The command lines, in order. */
  commands: string[]
  /** The message as it came over the wire, without the final dot. */
  message: string
}

/** What to answer to a command line, or to the end of the message (`.`); undefined for the usual. */
export type Answers = (command: string) => string | undefined

export type SmtpServer = Awaited<ReturnType<typeof startSmtp>>

/** `answers` may be exchanged while it runs; an empty answer leaves the client waiting. */
export async function startSmtp(answers: Answers = () => undefined) {
  const received: Received[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const state = { answers, connections: 0, open: 0 }

  const server = createServer((socket) => {
    state.connections += 1
    state.open += 1
    sockets.add(socket)
    socket.on('close', () => {
      state.open -= 1
      sockets.delete(socket)
    })
    socket.on('error', () => {})
    let buffer = ''
    let since = commands.length
    let inMessage = false
    const say = (heard: string, usual: string) => {
      const line = state.answers(heard) ?? usual
      if (line === 'hang up') socket.destroy()
      else if (line !== '') socket.write(`${line}\r\n`)
      return line
    }
    say('connect', '220 mail.test ESMTP')
    socket.setEncoding('utf8').on('data', (chunk) => {
      buffer += chunk
      for (;;) {
        const end = buffer.indexOf(inMessage ? '\r\n.\r\n' : '\r\n')
        if (end < 0) return
        const heard = buffer.slice(0, end)
        buffer = buffer.slice(end + (inMessage ? 5 : 2))
        if (inMessage) {
          inMessage = false
          if (say('.', '250 taken').startsWith('2')) {
            received.push({ commands: commands.slice(since), message: heard })
          }
          since = commands.length
          continue
        }
        commands.push(heard)
        if (/^EHLO /.test(heard)) say(heard, '250-mail.test\r\n250 SMTPUTF8')
        else if (/^DATA$/.test(heard)) inMessage = say(heard, '354 go on').startsWith('354')
        else say(heard, /^QUIT/.test(heard) ? '221 bye' : '250 ok')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `smtp://127.0.0.1:${port}`,
    /** The mails that were taken. */
    received,
    /** Every command line of every conversation, in order. */
    commands,
    state,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** A header field of a message, unfolded; undefined where there is none. */
export function header(message: string, name: string): string | undefined {
  const head = message.slice(0, message.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  const line = head.split('\r\n').find((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`))
  return line?.slice(name.length + 1).trim()
}

/** Names of all header fields of a message, in order. */
export function headerNames(message: string): string[] {
  const head = message.slice(0, message.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  return head.split('\r\n').map((field) => field.slice(0, field.indexOf(':')))
}

/** The parts of a multipart message (RFC 2046), decoded. */
export function parts(message: string): { type: string; body: string }[] {
  const boundary = /boundary="?([^";]+)"?/.exec(header(message, 'content-type') ?? '')?.[1]
  return message
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((piece) => {
      const part = piece.replace(/^\r\n/, '').replace(/\r\n$/, '')
      const body = part.slice(part.indexOf('\r\n\r\n') + 4)
      const encoding = header(part, 'content-transfer-encoding')
      return { type: header(part, 'content-type') ?? '', body: decode(body, encoding) }
    })
}

function decode(body: string, encoding = '7bit'): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const octets = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1').toString('utf8')
}
