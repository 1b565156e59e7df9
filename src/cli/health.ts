// Owns `grantor health`: asks the running server whether it is ready, as a container's health check does.
import http from 'node:http'
import https from 'node:https'
import type { Command } from 'commander'
import { addVerb, Failure, type Verb } from './verb.js'
import { configOf } from './work.js'
import type { World } from './world.js'

const timeoutMs = 5000
/** Of a body that is read; another program may answer there. */
const maxBytes = 4096

const health: Verb<unknown> = {
  usage: 'health',
  about: 'ask the running server whether it is ready',
  example: 'npx grantor health && echo ready',
  run: async (world) => {
    const { host, port, issuerPath, tlsCertFile, issuer } = configOf(world)
    const scheme = tlsCertFile === undefined ? 'http' : 'https'
    const url = `${scheme}://${reachable(host)}:${port}${issuerPath}/health/ready`
    const { status, reason } = await ask(url)
    if (status !== 200) throw new Failure(`${url} answers ${status}: ${reason ?? 'not ready'}.`)
    return { value: { ready: true, url, issuer }, text: `${url} is ready.` }
  },
}

/** The certificate names the issuer, not the address that is called here, so it proves nothing and is not asked. */
function ask(url: string): Promise<{ status: number | undefined; reason: string | undefined }> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? https.get : http.get
    const request = get(url, { timeout: timeoutMs, agent: false, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= maxBytes) chunks.push(chunk)
      })
      response.on('end', () => {
        resolve({ status: response.statusCode, reason: reasonIn(Buffer.concat(chunks).toString()) })
      })
      response.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} seconds`)))
    request.on('error', (error: NodeJS.ErrnoException) => {
      reject(new Failure(`${url} does not answer: ${error.code ?? error.message}.`))
    })
  })
}

/** Why the server is not ready, if it says so. */
function reasonIn(body: string): string | undefined {
  try {
    const { reason }: { reason?: unknown } = Object(JSON.parse(body))
    // No character that a terminal would obey.
    return typeof reason === 'string' && /^[\w ,:'-]{1,200}$/.test(reason) ? reason : undefined
  } catch {
    return undefined
  }
}

export function register(program: Command, world: World): void {
  addVerb(program, world, health)
}

/** An address that means "every interface" can be listened on, but not called. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
