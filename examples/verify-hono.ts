// An API with Hono and grantor/verify. In the clone, after npm run build: npx tsx examples/verify-hono.ts
import { serve } from '@hono/node-server'
import { createVerifier } from 'grantor/verify'
import { protect } from 'grantor/verify/hono'
import { Hono } from 'hono'

const { ISSUER = 'http://localhost:9000', AUDIENCE = 'http://localhost:3001', PORT = '3001' } = process.env
const onRefusal = ({ reason }: { reason: string }) => console.warn(`refused: ${reason}`)
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, onRefusal, onFault: console.warn })

const app = new Hono().get('/', protect(verifier, { scope: 'api:read' }), (c) => {
  return c.json({ sub: c.get('claims').sub })
})
serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })
