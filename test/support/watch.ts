// Owns watching a server at work: what it asks of its store, its hasher, its brakes and its mail, in order.
import type { TestServer } from './server.js'

/** The steps from now on, such as `users.find`; the array grows, and may be emptied. */
export function watch({ deps }: TestServer): string[] {
  const done: string[] = []
  const { passwords, throttle, mail, store } = deps
  const watched = { passwords, throttle, mail, ...store } as unknown as Record<
    string,
    Record<string, unknown>
  >
  for (const [part, methods] of Object.entries(watched)) {
    if (typeof methods !== 'object') continue
    for (const [name, method] of Object.entries(methods)) {
      if (typeof method !== 'function') continue
      methods[name] = (...args: unknown[]) => {
        done.push(`${part}.${name}`)
        return method.apply(methods, args)
      }
    }
  }
  return done
}
