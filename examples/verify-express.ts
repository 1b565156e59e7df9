// An API with Express and grantor/verify. In the clone, after npm run build: npx tsx examples/verify-express.ts
import express from 'express'
import { createVerifier } from 'grantor/verify'
import { claimsOf, protect } from 'grantor/verify/express'

const { ISSUER = 'http://localhost:9000', AUDIENCE = 'http://localhost:3001', PORT = '3001' } = process.env
const onRefusal = ({ reason }: { reason: string }) => console.warn(`refused: ${reason}`)
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, onRefusal, onFault: console.warn })

express()
  .use(protect(verifier, { scope: 'api:read' }))
  .get('/', (request, response) => response.json({ sub: claimsOf(request).sub }))
  .listen(Number(PORT), '127.0.0.1')
