// Owns the list of what is mounted, read from the application itself, so that a new endpoint is never left out.
import type { TestServer } from './server.js'

export type Endpoint = {
  /** As it is mounted, with the names of its parameters. */
  route: string
  /** Those that it answers with more than 405. */
  methods: string[]
  /** Whether an address leads here. */
  matches: (path: string) => boolean
  /** An address, each parameter given by `fill`. */
  at: (fill: (parameter: string) => string) => string
  /** For people: what is refused is a page. */
  forPeople: boolean
}

const parameter = /:(\w+)(\{[^/]*\})?/g

/** Every endpoint of the application, below an issuer without a path. */
export async function endpointsOf(server: TestServer): Promise<Endpoint[]> {
  const mounted = new Map<string, string[]>()
  for (const { path, method } of server.app.routes) {
    if (path === '/*') continue
    const methods = mounted.get(path) ?? []
    mounted.set(path, method === 'ALL' ? methods : [...methods, method])
  }
  const endpoints = [...mounted].map(async ([route, methods]) => {
    const pattern = new RegExp(`^${route.replace(/\./g, '\\.').replace(parameter, '[^/]+')}$`)
    const at: Endpoint['at'] = (fill) =>
      route.replace(parameter, (_, name: string) => encodeURIComponent(fill(name)))
    const refused = await server.fetch(
      at(() => 'x'.repeat(16)),
      { method: 'PUT' },
    )
    return {
      route,
      methods,
      at,
      matches: (path: string) => pattern.test(path),
      forPeople: refused.headers.get('content-type')?.startsWith('text/html') ?? false,
    }
  })
  return Promise.all(endpoints)
}
