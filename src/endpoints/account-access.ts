// What gives access to an account beside its password: passkeys, second factors, connected apps.
import type { Deps } from '../deps.js'
import type { AppView } from '../pages/props.js'
import type { Passkey, Totp } from '../store/store.js'
import { factorsOf } from './factors.js'
import { appOf } from './views.js'

export type AccountAccess = {
  readonly passkeys: readonly Passkey[]
  readonly totp?: Totp | undefined
  /** At most `maxApps`. */
  readonly apps: readonly (AppView & { readonly clientId: string })[]
}

/** With the passkeys (20 at most) and the rest of the form below the 64 parameters that a form may have. */
const maxApps = 40
const maxGrants = 500

export async function accessOf(deps: Deps, sub: string): Promise<AccountAccess> {
  const { store, now } = deps
  const [{ totp, passkeys }, grants, consents] = await Promise.all([
    factorsOf(deps, sub),
    store.grants.connections({ sub, now: now(), afterClient: '', after: '', limit: maxGrants }),
    store.consents.listByUser(sub, { limit: maxApps }),
  ])
  const ids = [...new Set([...grants, ...consents].map(({ clientId }) => clientId))].slice(0, maxApps)
  const clients = await Promise.all(ids.map((id) => store.clients.find(id)))
  const apps = clients.flatMap((client) => (client ? [{ ...appOf(client), clientId: client.id }] : []))
  return { passkeys, totp, apps }
}
