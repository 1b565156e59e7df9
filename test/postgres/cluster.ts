// Owns a cluster: built servers on one PostgreSQL, each over a wire that can be cut, behind a proxy that takes turns.
import { writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openStore } from '../../src/store/open.js'
import { freePort } from '../cli/call.js'
import { type Environment, type Running, start } from '../cli/process.js'
import { createTestServer, type TestServer } from '../support/server.js'
import { freshDatabase, temporaryFolder } from '../support/stores.js'
import { startWire, type Wire } from './wire.js'

export type Node = {
  readonly running: Running
  readonly env: Environment
  readonly wire: Wire
  /** The whole cluster as a test server, asked at this node alone. */
  readonly server: TestServer
}

export type Cluster = {
  readonly databaseUrl: string
  readonly nodes: readonly Node[]
  /** Asked through the proxy: every request goes to the next node. */
  readonly server: TestServer
  /** How many requests the proxy has given to each node. */
  readonly served: readonly number[]
  close(): Promise<void>
}

/** Everything a person, an app and an administrator see of it is the same server; only its nodes are real processes. */
export async function startCluster(count: number, more: Environment = {}): Promise<Cluster> {
  const database = await freshDatabase()
  const { folder, remove } = temporaryFolder()
  const store = await openStore(database.url)
  const ports = await freePorts(count)
  const served = ports.map(() => 0)
  const proxy = await takeTurns(ports, served)
  const issuer = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  // Makes the keys under the master key of all test servers, and whatever a test wants to be there.
  const inside = await createTestServer({ store, issuer })
  const masterKey = `${folder}/master.key`
  writeFileSync(masterKey, Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
  const nodes = await Promise.all(
    ports.map(async (port): Promise<Node> => {
      const wire = await startWire(database.url)
      const env = {
        GRANTOR_ISSUER: issuer,
        GRANTOR_PORT: `${port}`,
        GRANTOR_DATABASE_URL: wire.url,
        GRANTOR_MASTER_KEY_FILE: masterKey,
        GRANTOR_TRUST_PROXY: '127.0.0.1',
        ...more,
      }
      const server = reachedAt(inside, `http://127.0.0.1:${port}`)
      return { running: await start(env), env, wire, server }
    }),
  )
  return {
    databaseUrl: database.url,
    nodes,
    server: reachedAt(inside, issuer),
    served,
    async close() {
      for (const { running } of nodes) running.child.kill('SIGKILL')
      await Promise.all(nodes.map(({ running }) => running.ended))
      for (const { wire } of nodes) wire.close()
      proxy.closeAllConnections()
      proxy.close()
      await inside.close()
      await store.close()
      await database.drop()
      remove()
    },
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

/** The same server, whose requests go over a socket to `origin`, from the address that the proxy would tell. */
export function reachedAt(server: TestServer, origin: string): TestServer {
  const fetchFrom: TestServer['fetchFrom'] = async (address, request) => {
    const headers = new Headers(request.headers)
    headers.set('X-Forwarded-For', address)
    const { pathname, search } = new URL(request.url)
    const body = request.body === null ? null : await request.text()
    return fetch(`${origin}${pathname}${search}`, {
      method: request.method,
      headers,
      body,
      redirect: 'manual',
    })
  }
  return {
    ...server,
    fetchFrom,
    fetch: (input, init) => {
      const target = typeof input === 'string' && input.startsWith('/') ? server.issuer + input : input
      return fetchFrom('192.0.2.1', new Request(target, init))
    },
  }
}

function takeTurns(ports: readonly number[], served: number[]): Promise<Server> {
  let turn = 0
  const proxy = createServer((request, response) => {
    const node = turn++ % ports.length
    served[node] = (served[node] ?? 0) + 1
    const { method, url, headers } = request
    const onward = httpRequest({ host: '127.0.0.1', port: ports[node], method, path: url, headers })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  })
  return new Promise((resolve) => proxy.listen(0, '127.0.0.1', () => resolve(proxy)))
}
