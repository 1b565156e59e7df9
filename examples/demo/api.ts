// Owns the protected API of the demo: it knows the issuer's name and asks it for nothing but its public keys.
import { createServer, type Server } from 'node:http'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const scope = 'events:read'
const events = [{ title: 'Lunch with Charles' }, { title: 'Notes on the Analytical Engine' }]

/** Listens on a loopback port; tokens for it name `audience`. */
export async function startApi(options: { issuer: string; audience: string; port: number }): Promise<Server> {
  const { issuer, audience, port } = options
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))

  async function answer(authorization: string): Promise<[status: number, body: object, challenge?: string]> {
    const [, token] = /^Bearer (.+)$/i.exec(authorization) ?? []
    if (token === undefined) return [401, { error: 'no token' }, 'Bearer']
    try {
      const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' })
      if (!String(payload.scope).split(' ').includes(scope)) {
        return [403, { error: 'insufficient_scope' }, `Bearer error="insufficient_scope", scope="${scope}"`]
      }
      return [200, { events, of: payload.sub }]
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
      return [401, { error: 'invalid_token', code: error.code }, 'Bearer error="invalid_token"']
    }
  }

  const server = createServer(async (request, response) => {
    const [status, body, challenge] = await answer(request.headers.authorization ?? '')
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge)
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}
