// Owns a stretch of network between a node and its database, which can be cut.
import net, { type AddressInfo } from 'node:net'

export type Wire = {
  readonly url: string
  /**
   * What is carried: all, only what is said to the database (`deaf`), nothing, as by a network that has gone
   * (`silent`), or not even a connection (`cut`).
   */
  set(state: 'open' | 'deaf' | 'silent' | 'cut'): void
  close(): void
}

/** Begins on 127.0.0.1; the URL is that of the database, by way of it. */
export async function startWire(databaseUrl: string): Promise<Wire> {
  const target = new URL(databaseUrl)
  let state: Parameters<Wire['set']>[0] = 'open'
  const sockets = new Set<net.Socket>()
  const keep = (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }
  const server = net.createServer((near) => {
    keep(near)
    if (state === 'cut') return near.destroy()
    const far = net.connect(Number(target.port || 5432), target.hostname)
    keep(far)
    // What is dropped is lost for good: a connection of that time is of no use afterwards.
    near.on('data', (chunk) => (state === 'open' || state === 'deaf') && far.write(chunk))
    far.on('data', (chunk) => state === 'open' && near.write(chunk))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    set(next) {
      state = next
      if (next === 'cut') hangUp()
    },
    close() {
      server.close()
      hangUp()
    },
  }
}
