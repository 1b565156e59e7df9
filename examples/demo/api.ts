// Owns the protected API of the demo: it judges tokens by itself, and hears of revocations as they happen.
import { createServer, type Server } from 'node:http'
import { createVerifier, type PushCredentials } from 'grantor/verify'
import { protect } from 'grantor/verify/node'

const events = [{ title: 'Lunch with Charles' }, { title: 'Notes on the Analytical Engine' }]

/** Listens on a loopback port; tokens for it name `audience`, `push` is its own name at the issuer. */
export async function startApi(options: {
  issuer: string
  audience: string
  push: PushCredentials
  port: number
}): Promise<Server> {
  const { port, ...trust } = options
  const verifier = createVerifier(trust)
  await verifier.ready()
  const answer = protect(verifier, { scope: 'events:read' }, (_request, response, { sub }) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ events, of: sub }))
  })
  const server = createServer(answer)
  server.on('close', verifier.close)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}
