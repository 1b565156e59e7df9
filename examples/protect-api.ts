// An API that accepts Grantor's tokens. In the clone: npx tsx examples/protect-api.ts
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const [issuer, audience] = ['http://localhost:9000', 'http://localhost:3001']
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
createServer(async (request, response) => {
  const token = request.headers.authorization?.replace(/^Bearer /i, '') ?? ''
  const verified = await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' }).catch(() => undefined)
  if (!verified) return response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end()
  if (!String(verified.payload.scope).split(' ').includes('api:read')) return response.writeHead(403).end()
  response.end(`Hello ${verified.payload.sub}\n`)
}).listen(3001)
