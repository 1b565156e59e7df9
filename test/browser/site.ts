// Owns the app of browser tests that people leave from and come back to.
import { listen } from '../support/listening.js'

export type Arrival = { method: string; url: URL; params: URLSearchParams }

export type AppOptions = {
  /** The host name to answer under, over TLS. */
  host?: string
  /** What it shows. */
  page?: string
  /** Where it sends people on to once it has the answer. */
  onward?: string
}

/** An app: `arrivals` are the answers it got at `/cb`. */
export const startApp = async ({ host, page = '<h1>Back at the app</h1>', onward }: AppOptions = {}) => {
  const arrivals: Arrival[] = []
  const { port, close } = await listen(async (request) => {
    const url = new URL(request.url)
    if (url.pathname === '/cb') {
      const params = request.method === 'POST' ? new URLSearchParams(await request.text()) : url.searchParams
      arrivals.push({ method: request.method, url, params })
      if (onward) return new Response(null, { status: 303, headers: { location: onward } })
    }
    if (url.pathname === '/favicon.ico') return new Response(null, { status: 204 })
    return new Response(`<!doctype html><html lang="en"><title>App</title>${page}`, {
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
  }, host)
  return { port, close, arrivals }
}
