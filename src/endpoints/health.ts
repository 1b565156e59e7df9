// Owns the questions of load balancers: does the process answer, and can it do its work.
import { Hono } from 'hono'
import type { Deps } from '../deps.js'
import { jsonSender } from '../http/json.js'
import { signingAlgs } from '../protocol/client.js'
import { StoreUnavailable } from '../store/fault.js'

export function health(deps: Deps): Hono {
  const send = jsonSender(deps.config, { open: false })
  const base = `${deps.config.issuerPath}/health`
  return new Hono()
    .get(`${base}/live`, () => send({ status: 'live' }))
    .get(`${base}/ready`, async () => {
      const faults = await unready(deps)
      if (faults.length === 0) return send({ status: 'ready' })
      const failing = faults.map(({ part }) => part)
      const reason = faults.find((fault) => fault.reason !== undefined)?.reason
      return send({ status: 'unavailable', failing, reason }, 503)
    })
}

/** A part that fails. The reason is one that any stranger may read; the rest is for the log. */
type Fault = { readonly part: string; readonly reason?: string | undefined }

async function unready(deps: Deps): Promise<Fault[]> {
  const checks = {
    store: () => deps.store.ready(),
    keys: () => Promise.all(signingAlgs.map((alg) => deps.keyring.signer(alg))),
  }
  const faults = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<Fault[]> => {
      try {
        await check()
        return []
      } catch (err) {
        // A database that is out of reach, or a stop that has begun: no defect, so without its stack.
        if (err instanceof StoreUnavailable) deps.log.warn({ check: name, reason: err.message }, 'not ready')
        else deps.log.error({ err, check: name }, 'not ready')
        return [{ part: name, reason: err instanceof StoreUnavailable ? err.unwritable : undefined }]
      }
    }),
  )
  return faults.flat()
}
