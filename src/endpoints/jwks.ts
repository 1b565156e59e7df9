// Owns the published keys (RFC 7517 5).
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { publicDocuments } from '../http/document.js'

export function jwks(deps: Deps): Hono {
  const send = publicDocuments(deps.config)
  return new Hono().get(`${deps.config.issuerPath}/jwks`, async (c) => send(c, await deps.keyring.jwks()))
}
