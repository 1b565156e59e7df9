// Owns asking the system for the addresses of a name, a few names at a time.
import { lookup as ask } from 'node:dns/promises'

/** All addresses of a name, in the order to try them. */
export type Lookup = (host: string) => Promise<readonly string[]>

/** Each keeps a thread of the process busy for as long as a name server is silent, and there are four. */
const atOnce = 2

export function systemLookup(): Lookup {
  let asking = 0
  const waiting: (() => void)[] = []
  return async (host) => {
    if (asking < atOnce) asking += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return (await ask(host, { all: true })).map(({ address }) => address)
    } finally {
      const next = waiting.shift()
      if (next) next()
      else asking -= 1
    }
  }
}
