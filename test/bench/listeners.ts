// Owns the listeners of the push section: so many open streams in a process of their own, and when each hears of a
// revocation.
import net from 'node:net'

export type Listening = { port: number; path: string; authorization: string; count: number }
export type Told = 'open' | { heardAt: number[] }

/** The parent says whom to listen to, and later when to tell what was heard since. */
process.on('message', async (order: Listening | 'tell') => {
  if (order !== 'tell') {
    await Promise.all(Array.from({ length: order.count }, () => listen(order)))
    process.send?.('open' satisfies Told)
    return
  }
  // Whoever has not heard within five seconds will not.
  for (let waited = 0; heardAt.length < sockets.length && waited < 5000; waited += 10)
    await new Promise((resolve) => setTimeout(resolve, 10))
  process.send?.({ heardAt: heardAt.splice(0) } satisfies Told)
})

const sockets: net.Socket[] = []
const heardAt: number[] = []

/** Resolves with the first event. Times are of the machine's clock, which processes share. */
function listen({ port, path, authorization }: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    sockets.push(socket)
    socket.setEncoding('latin1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${authorization}\r\n\r\n`)
    socket.on('data', (text: string) => {
      if (text.includes('event: list')) resolve()
      else if (text.includes('event: change')) heardAt.push(performance.timeOrigin + performance.now())
      else if (/^HTTP\/1.1 [^2]/.test(text)) reject(new Error(text.slice(0, 200)))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('a stream has ended')))
  })
}
