// Proves the server by the conformance tests of the Model Context Protocol, those for authorization servers.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGrantor, freePort, type Grantor } from '../../examples/demo/grantor.js'
import { addPerson, letIn } from './person.js'

const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')
const suite = path.join(path.dirname(manifest), 'dist/index.js')
/** The suite needs Node 22, which npx downloads the first time. */
const [node = '', ...before] = process.versions.node.startsWith('20.')
  ? ['npx', '-y', '--prefer-offline', '-p', 'node@22', 'node']
  : [process.execPath]

let folder: string
let grantor: Grantor
let port: number
const resource = 'http://localhost:3002/mcp'
let clientId: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grantor-mcp-conformance-'))
  // Here, where a download has time.
  await promisify(execFile)(node, [...before, '--version'])
  grantor = await createGrantor(folder, await freePort())
  await grantor.start()
  port = await freePort()
  const scope = ['--scope', 'tools:call=Call tools in your name']
  const open = ['--clients', 'all', '--default-scope', 'tools:call']
  await grantor.cli(['resource', 'create', '--identifier', resource, '--name', 'Tools', ...scope, ...open])
  await addPerson(grantor)
  const { client_id = '' } = await grantor.cli([
    ...['client', 'create', '--kind', 'native', '--name', 'The suite'],
    ...['--redirect-uri', `http://127.0.0.1:${port}/callback`],
  ])
  clientId = client_id
})
afterAll(async () => {
  await grantor?.remove()
  await rm(folder, { recursive: true, force: true })
})

/** Runs all scenarios; whoever is asked to open an address is a person who signs in and says yes. */
async function run(): Promise<{ code: number; output: string }> {
  const settings = [
    '--url',
    grantor.issuer,
    '--port',
    String(port),
    '--client-id',
    clientId,
    '--resource',
    resource,
  ]
  const all = [...before, suite, 'authorization', ...settings]
  const child = spawn(node, all, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let opened = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', async (chunk) => {
      output += chunk
      const address = new RegExp(`${grantor.issuer}/authorize\\?\\S+`).exec(output)?.[0]
      if (opened || address === undefined) return
      opened = true
      await letIn(address)
    })
  }
  const [code] = (await once(child, 'exit')) as [number]
  return { code, output }
}

// Of a server that knows public clients, as MCP asks, the suite sends no secret: there is nothing else to run it with.
it('finds nothing wrong with metadata and code grant', async () => {
  const { code, output } = await run()
  expect(code, output).toBe(0)
  expect(output).toMatch(/✓ authorization-server-metadata-endpoint: [1-9]\d* passed, 0 failed/)
  expect(output).toMatch(/✓ authorization-code-grant: [1-9]\d* passed, 0 failed/)
})
