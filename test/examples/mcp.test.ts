// Proves examples/mcp-server.ts: the SDK's own client connects to it through the built server, on first paste.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGrantor, freePort, type Grantor } from '../../examples/demo/grantor.js'
import { selfSigned } from '../support/certificate.js'
import { aDocument, sendJson } from '../support/client-documents.js'
import { examples, launch, type Running } from './apis.js'
import { connect, listenForCode } from './mcp-client.js'
import { addPerson } from './person.js'

let folder: string
let grantor: Grantor
let api: Running
let resource: string
let callback: Awaited<ReturnType<typeof listenForCode>>
const certificate = selfSigned('localhost')
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'grantor-mcp-'))
  const authority = path.join(folder, 'authority.pem')
  await writeFile(authority, certificate.cert)
  grantor = await createGrantor(folder, await freePort(), {
    GRANTOR_CLIENT_REGISTRATION: 'open',
    // The host of the document below.
    NODE_EXTRA_CA_CERTS: authority,
  })
  await grantor.start()
  const port = await freePort()
  resource = `http://localhost:${port}/mcp`
  await grantor.cli([
    ...['resource', 'create', '--identifier', resource, '--name', 'Who am I'],
    ...['--scope', 'tools:call=Call tools in your name', '--default-scope', 'tools:call'],
    ...['--clients', 'all'],
  ])
  await addPerson(grantor)
  const program = [process.execPath, '--import', 'tsx', path.join(examples, 'mcp-server.ts')] as const
  api = await launch(program, { ISSUER: grantor.issuer, PORT: String(port) }, port)
  callback = await listenForCode()
})
afterAll(async () => {
  callback?.stop()
  await api?.stop()
  await grantor?.remove()
  await rm(folder, { recursive: true, force: true })
})

const registered = async () => {
  const { client_id = '' } = await grantor.cli([
    ...['client', 'create', '--kind', 'native', '--name', 'A tool'],
    ...['--redirect-uri', 'http://127.0.0.1/callback'],
  ])
  return { client_id }
}

async function whoami(client: Awaited<ReturnType<typeof connect>>['client']): Promise<string> {
  const { content } = await client.callTool({ name: 'whoami' })
  return (content as { text: string }[])[0]?.text ?? ''
}

describe('a client that is registered', () => {
  it('connects, calls a tool as the person, and refreshes when its token is refused', async () => {
    const connected = await connect({ url: resource, callback, registered: await registered() })
    const [asked] = connected.seen.asked
    expect(asked?.searchParams.get('resource')).toBe(resource)
    expect(connected.seen.consents).toHaveLength(1)
    const sub = await whoami(connected.client)
    expect(sub).toMatch(/^u_/)
    const before = connected.tokens()
    expect(before).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String) })
    connected.forget('access_token')
    expect(await whoami(connected.client)).toBe(sub)
    expect(connected.tokens()?.refresh_token).not.toBe(before?.refresh_token)
    expect(connected.seen.asked).toHaveLength(1)
  })
})

describe('a client that nobody has registered', () => {
  it('registers itself, leaves no row before the yes, and calls a tool as the person', async () => {
    const before = await grantor.cli(['client', 'list'])
    const connected = await connect({ url: resource, callback })
    const { client_id = '' } = connected.information() ?? {}
    expect(client_id).toMatch(/^dcr_/)
    expect(before).not.toContainEqual(expect.objectContaining({ client_id }))
    expect(await grantor.cli(['client', 'list'])).toContainEqual(expect.objectContaining({ client_id }))
    expect(connected.seen.consents).toHaveLength(1)
    expect(await whoami(connected.client)).toMatch(/^u_/)
    connected.forget('access_token')
    expect(await whoami(connected.client)).toMatch(/^u_/)
    expect(connected.seen.asked).toHaveLength(1)
  })

  it('is known by the document that it publishes, and calls a tool as the person', async () => {
    const port = await freePort()
    const clientMetadataUrl = `https://localhost:${port}/tool.json`
    const document = aDocument(clientMetadataUrl, { redirect_uris: [callback.url] })
    const host = createServer(certificate, (_, response) => sendJson(response, document)).listen(port)
    const connected = await connect({ url: resource, callback, clientMetadataUrl })
    host.close()
    expect(connected.information()).toMatchObject({ client_id: clientMetadataUrl })
    expect(connected.seen.consents).toHaveLength(1)
    expect(connected.seen.consents[0]).toContain('Orchard Tools')
    expect(await whoami(connected.client)).toMatch(/^u_/)
    connected.forget('access_token')
    expect(await whoami(connected.client)).toMatch(/^u_/)
  })
})
