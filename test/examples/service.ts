// An API of the test on how soon revocations arrive: grantor/verify behind the framework that is asked for.
import { createServer } from 'node:http'
import { serve } from '@hono/node-server'
import express from 'express'
import { createVerifier } from 'grantor/verify'
import { protect as protectExpress } from 'grantor/verify/express'
import { protect as protectHono } from 'grantor/verify/hono'
import { protect as protectNode } from 'grantor/verify/node'
import { Hono } from 'hono'

const { ISSUER = '', AUDIENCE = '', PORT = '', FRAMEWORK = '', CLIENT_ID, CLIENT_SECRET } = process.env
const push =
  CLIENT_ID === undefined || CLIENT_SECRET === undefined
    ? undefined
    : { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, push })

const [port, host] = [Number(PORT), '127.0.0.1']

const frameworks: Record<string, () => unknown> = {
  hono: () => {
    const app = new Hono().get('/', protectHono(verifier), (c) => c.json({ sub: c.get('claims').sub }))
    return serve({ fetch: app.fetch, port, hostname: host })
  },
  express: () =>
    express()
      .use(protectExpress(verifier))
      .get('/', (_request, response) => response.json({}))
      .listen(port, host),
  'node:http': () =>
    createServer(protectNode(verifier, {}, (_request, response) => response.end('{}'))).listen(port, host),
}

frameworks[FRAMEWORK]?.()
