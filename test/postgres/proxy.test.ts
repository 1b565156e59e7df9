// examples/nginx/nodes.conf, run: nginx takes turns between two nodes, leaves out one that is gone, and tells who asks.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, freePort } from '../cli/call.js'
import { build, endAll } from '../cli/process.js'
import { launch } from '../examples/apis.js'
import { selfSigned } from '../support/certificate.js'
import { temporaryFolder } from '../support/stores.js'
import { type Cluster, startCluster } from './cluster.js'

const nginx = '/usr/sbin/nginx'
let folder: string
let remove: () => void
const { cert: ca, key } = selfSigned('localhost')
let cluster: Cluster
let proxy: Awaited<ReturnType<typeof launch>>
let issuer: string

/** The configuration as it stands there, but for addresses and paths. */
function configuration(port: number): string {
  const [first, second] = cluster.nodes.map(({ env }) => `127.0.0.1:${env.GRANTOR_PORT}`)
  const file = path.resolve(import.meta.dirname, '../../examples/nginx/nodes.conf')
  const server = readFileSync(file, 'utf8')
    .replace('grantor-1:9000', `${first}`)
    .replace('grantor-2:9000', `${second}`)
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replaceAll('/run/secrets/', `${folder}/`)
  writeFileSync(`${folder}/tls_certificate`, ca)
  writeFileSync(`${folder}/tls_key`, key)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = temporary.map((name) => `${name}_temp_path ${name};`).join(' ')
  const main = 'daemon off; master_process off; pid nginx.pid; error_log stderr;'
  const whole = `${main}\nevents {}\nhttp { access_log off; ${paths}\n${server}\n}\n`
  writeFileSync(`${folder}/nginx.conf`, whole)
  return `${folder}/nginx.conf`
}

describe.skipIf(!existsSync(nginx) && !process.env.CI)('nginx before two nodes', () => {
  beforeAll(async () => {
    build()
    ;({ folder, remove } = temporaryFolder())
    const port = await freePort()
    issuer = `https://localhost:${port}`
    cluster = await startCluster(2, { GRANTOR_ISSUER: issuer, GRANTOR_HOST: '127.0.0.1' })
    proxy = await launch([nginx, '-p', folder, '-e', 'stderr', '-c', configuration(port)], {}, port)
  }, 60_000)
  afterAll(async () => {
    await proxy?.stop()
    await cluster?.close()
    endAll()
    remove()
  })

  const discovery = () => call(`${issuer}/.well-known/openid-configuration`, { ca })

  it('serves the issuer over TLS', async () => {
    const { status, text } = await discovery()
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ issuer })
  })

  it('SE06: lets nobody choose the address that failures are counted by', async () => {
    const { client } = await cluster.server.addClient('service')
    const guess = async (index: number) => {
      const headers = {
        Authorization: `Basic ${Buffer.from(`${client.id}:wrong`).toString('base64')}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-Forwarded-For': `203.0.113.${index}`,
      }
      const body = 'grant_type=client_credentials'
      return (await call(`${issuer}/token`, { method: 'POST', headers, body, ca })).status
    }
    const statuses: number[] = []
    for (let index = 0; index < 22; index++) statuses.push(await guess(index))
    // In two minutes of the clock at most.
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2)
  })

  it('goes on with the node that is left', async () => {
    const [gone] = cluster.nodes
    gone?.running.child.kill('SIGKILL')
    await gone?.running.ended
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await discovery()).status))
    expect(new Set(statuses)).toEqual(new Set([200]))
  })
})
