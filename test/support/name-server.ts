// A name server on a loopback socket that answers with the addresses that a test gives it, or never.
import { createSocket } from 'node:dgram'

export type NameServer = Awaited<ReturnType<typeof startNameServer>>

const header = 12

/** @param zone the IPv4 addresses of each name; names that are not in it do not exist */
export async function startNameServer(zone: Record<string, readonly string[]>) {
  const state = { silent: (_name: string, _type: 'A' | 'AAAA'): boolean => false }
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const { name, end, isAddress } = readQuestion(query)
    asked.push(name)
    if (state.silent(name, isAddress ? 'A' : 'AAAA')) return
    const addresses = isAddress ? (zone[name] ?? []) : []
    const answer = Buffer.concat([query.subarray(0, end), ...addresses.map(record)])
    answer.writeUInt16BE(name in zone ? 0x8180 : 0x8183, 2)
    answer.writeUInt16BE(addresses.length, 6)
    answer.writeUInt32BE(0, 8)
    socket.send(answer, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    state,
    /** Every name that was asked for, oldest first. */
    asked,
    close: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}

/** RFC 1035 4.1.2: labels, each after its length, then type and class. */
function readQuestion(query: Buffer): { name: string; end: number; isAddress: boolean } {
  const labels: string[] = []
  let at = header
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5, isAddress: query.readUInt16BE(at + 1) === 1 }
}

/** RFC 1035 4.1.3: the name of the question, type A, class IN, a minute, four bytes. */
function record(address: string): Buffer {
  return Buffer.from([0xc0, header, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)])
}
