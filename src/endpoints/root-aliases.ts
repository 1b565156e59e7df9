// Owns the addresses at the root of the host, which some clients guess instead of reading them in the metadata.
import { type Context, Hono } from 'hono'
import type { Config } from '../config.js'

/** What clients fall back to (MCP 2025-03-26, and several that never stopped). */
const guessed = ['/authorize', '/token', '/register']

const asked = new WeakMap<Request, string>()

/** The path that the sender has asked for. */
export function requestedPath({ req }: Context): string {
  return asked.get(req.raw) ?? req.path
}

/** Where the issuer has a path, the guessed addresses answer as the ones below it do. */
export function rootAliases({ issuerPath }: Pick<Config, 'issuerPath'>, serve: Hono['fetch']): Hono {
  const app = new Hono()
  if (issuerPath === '') return app
  for (const path of guessed) {
    app.all(path, (c: Context) => {
      const address = new URL(c.req.url)
      address.pathname = `${issuerPath}${path}`
      const request = new Request(address, c.req.raw)
      asked.set(request, c.req.path)
      return serve(request, c.env)
    })
  }
  return app
}
