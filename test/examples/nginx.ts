// Owns the example with nginx, run: the verifier, nginx before it, and an API that believes nginx.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { freePort } from '../../examples/demo/grantor.js'
import { type Example, examples, launch, python } from './apis.js'

/** What the API behind nginx was sent, in order. */
export const seen: IncomingHttpHeaders[] = []

export const nginx: Example = {
  name: 'nginx',
  needs: [['/usr/sbin/nginx', '-v'], ...python.needs],
  async start(settings, folder) {
    const verifier = await python.start(settings, folder)
    const api = createServer((request, response) => {
      seen.push(request.headers)
      response.end(JSON.stringify({ sub: request.headers['x-subject'] }))
    }).listen(0, '127.0.0.1')
    await once(api, 'listening')
    const port = await freePort()
    const ports = { 3001: verifier.port, 3002: (api.address() as AddressInfo).port, 8080: port }
    const running = await launch(
      ['/usr/sbin/nginx', '-p', folder, '-e', 'stderr', '-c', configuration(folder, ports)],
      {},
      port,
    )
    return {
      ...running,
      log: () => verifier.log() + running.log(),
      async stop() {
        await running.stop()
        await verifier.stop()
        api.closeAllConnections()
        await new Promise((resolve) => api.close(resolve))
      },
    }
  },
}

/** The path of a configuration around the example's, which is as it stands there but for its ports. */
function configuration(folder: string, ports: Record<number, number>): string {
  const server = readFileSync(path.join(examples, 'nginx/api.conf'), 'utf8')
    .replace(/(listen |server 127\.0\.0\.1:)(\d+);/g, (_, before, port) => `${before}${ports[port]};`)
    .replace('listen ', 'listen 127.0.0.1:')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = temporary.map((name) => `${name}_temp_path ${name};`).join(' ')
  const file = path.join(folder, `nginx-${ports[8080]}.conf`)
  const main = 'daemon off; master_process off; pid nginx.pid; error_log stderr;'
  writeFileSync(file, `${main}\nevents {}\nhttp { access_log off; ${paths}\n${server}\n}\n`)
  return file
}
