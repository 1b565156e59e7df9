// Owns what the tests of a file open: it is closed after the test, the newest first.
import { afterEach } from 'vitest'

type Closable = { close(): Promise<void> }

/** To be called by the file itself. Gives back what keeps a thing open until its test is over. */
export function closedAfterEach(): <T extends Closable>(one: T) => T {
  const opened: Closable[] = []
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })
  return (one) => {
    opened.push(one)
    return one
  }
}
