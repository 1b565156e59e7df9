// An API with node:http and grantor/verify. In the clone, after npm run build: npx tsx examples/verify-node.ts
import { createServer } from 'node:http'
import { createVerifier } from 'grantor/verify'
import { protect } from 'grantor/verify/node'

const { ISSUER = 'http://localhost:9000', AUDIENCE = 'http://localhost:3001', PORT = '3001' } = process.env
const onRefusal = ({ reason }: { reason: string }) => console.warn(`refused: ${reason}`)
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, onRefusal, onFault: console.warn })

const api = protect(verifier, { scope: 'api:read' }, (_request, response, { sub }) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ sub }))
})
createServer(api).listen(Number(PORT), '127.0.0.1')
