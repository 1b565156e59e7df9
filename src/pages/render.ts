// Owns turning components into text.
import { jsx } from 'hono/jsx'
import type { JSX } from 'hono/jsx/jsx-runtime'

forgoAsyncComponents()

/** The text of a whole document. */
export function render(document: JSX.Element): string {
  return `<!doctype html>${document}`
}

/**
 * None of our components waits for something. For those that do, the library takes an AsyncLocalStorage with its
 * first document, if it can have one, and that turns on Node's bookkeeping of promises for good: in Node 20 and 22
 * every request paid for it, an introspection with a tenth of its time. It asks once, and here is told that there
 * is none.
 */
function forgoAsyncComponents(): void {
  const { getBuiltinModule } = process
  process.getBuiltinModule = () => undefined
  jsx('p', {}).toString()
  process.getBuiltinModule = getBuiltinModule
}
