// Owns raw conversations with a server that really listens, for what no HTTP client would send.
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { listen, patience } from '../../src/listen.js'
import type { TestServer } from './server.js'

export type Heard = {
  /** Of each answer, in order. */
  statuses: number[]
  /** Everything, byte for byte. */
  text: string
  /** Milliseconds until the server closed the connection; undefined when it was left open. */
  closedAfter: number | undefined
}

export type Listening = Awaited<ReturnType<typeof startListening>>

/** Puts a server behind a port of loopback. `limits` go over the usual ones. */
export async function startListening(server: TestServer, limits: Partial<typeof patience> = {}) {
  const config = { ...server.config, host: '127.0.0.1', port: 0 }
  const socket: Server = await listen(config, server.app.fetch, { ...patience, ...limits })
  const { port } = socket.address() as AddressInfo

  /**
   * Says this and listens until the server closes the connection, or for `longest` milliseconds. Nothing is said
   * after it; `thenEnd` tells the server so.
   */
  function say(words: string | Buffer, { thenEnd = false, longest = 5000 } = {}): Promise<Heard> {
    return new Promise((resolve) => {
      const start = performance.now()
      let text = ''
      const peer = connect(port, '127.0.0.1', () => {
        peer.write(words)
        if (thenEnd) peer.end()
      })
      const done = (closedAfter: number | undefined) => {
        clearTimeout(timer)
        peer.destroy()
        const answers = text.matchAll(/HTTP\/1\.1 (\d{3}) /g)
        resolve({ text, closedAfter, statuses: [...answers].map(([, status]) => Number(status)) })
      }
      const timer = setTimeout(() => done(undefined), longest)
      peer.on('data', (chunk) => {
        text += chunk.toString('latin1')
      })
      peer.on('error', () => {})
      peer.on('close', () => done(performance.now() - start))
    })
  }

  return {
    server: socket,
    port,
    say,
    close: () =>
      new Promise<void>((resolve) => {
        socket.close(() => resolve())
        socket.closeAllConnections()
      }),
  }
}

/** A request as it goes over the wire; its lines end properly and the last header asks to close. */
export function wire(head: string, headers: readonly string[] = [], body = ''): string {
  return [`${head} HTTP/1.1`, 'Host: as.test', ...headers, 'Connection: close', '', body].join('\r\n')
}
