// Owns `grantor health`: asks the running server whether it is ready, as a container's health check does.
import http from 'node:http'
import https from 'node:https'
import type { Command } from 'commander'
import { addVerb, Failure, type Verb } from './verb.js'
import { configOf } from './work.js'
import type { World } from './world.js'

const timeoutMs = 5000

const health: Verb<unknown> = {
  usage: 'health',
  about: 'ask the running server whether it is ready',
  example: 'npx grantor health && echo ready',
  run: async (world) => {
    const { host, port, issuerPath, tlsCertFile, issuer } = configOf(world)
    const scheme = tlsCertFile === undefined ? 'http' : 'https'
    const url = `${scheme}://${reachable(host)}:${port}${issuerPath}/health/ready`
    const status = await statusOf(url)
    if (status !== 200) throw new Failure(`${url} answers ${status}: not ready.`)
    return { value: { ready: true, url, issuer }, text: `${url} is ready.` }
  },
}

/** The certificate names the issuer, not the address that is called here, so it proves nothing and is not asked. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? https.get : http.get
    const request = get(url, { timeout: timeoutMs, agent: false, rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} seconds`)))
    request.on('error', (error: NodeJS.ErrnoException) => {
      reject(new Failure(`${url} does not answer: ${error.code ?? error.message}.`))
    })
  })
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
