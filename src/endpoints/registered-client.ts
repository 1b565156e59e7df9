// Owns /register/CLIENT_ID (RFC 7592): a client reads, replaces or ends its own registration.
import { type Context, Hono } from 'hono'
import { withdraw } from '../clients/clients.js'
import { addUsableSecret, usesHmac } from '../clients/secret.js'
import { keptStatement } from '../clients/software-statement.js'
import { matchesHash } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { json } from '../http/body.js'
import { senderKey } from '../http/client-address.js'
import { jsonSender } from '../http/json.js'
import { type Client, hasSecret } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { requesterOf } from '../protocol/requester.js'
import { countInAudit, createAudit } from './audit.js'
import { brakeRegistration } from './brake.js'
import { clientInformation, requireNotDenied, requireSector } from './client-information.js'
import { anonymous } from './origin.js'
import { ownClient, readRegistration, statementOf, withScope } from './register.js'

/** What only the server says (RFC 7592 2.2). */
const serversOwn = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

export function registeredClient(deps: Deps): Hono {
  const { config, clients, store, now } = deps
  const send = jsonSender(config, { open: true })
  const audit = createAudit(deps)
  const path = `${config.issuerPath}/register/:client`
  const app = new Hono()
  /** What concerns no user yet is counted, and names no client: anyone can register any number of them (EX02). */
  const record = (c: Context, type: string, clientId: string, unproven: boolean) => {
    const detail = { by: 'client' }
    return unproven ? countInAudit(c, deps, { type, detail }) : audit(c, { type, clientId, detail })
  }

  app.get(path, async (c) => send(clientInformation(await ownClient(c, deps), deps)))

  app.put(path, async (c) => {
    const before = await ownClient(c, deps)
    await brakeRegistration(c, deps)
    const input = await json(c)
    await refuseForeign(input, before, deps)
    const statement = (await statementOf(input, deps)) ?? keptStatement(before)
    // A client keeps what its initial access token allowed; it never gains it here (PK09).
    const mayOmitPkce = before.metadata.require_pkce === false
    const made = await withScope(readRegistration(input, statement, config, { mayOmitPkce }), input, deps)
    await requireNotDenied(made, deps)
    await requireSector(input, made, deps, requesterOf(before, senderKey(c, config)))
    // Not this second: a consent of this second may be older, and does not count for what has changed (RG11).
    const client = { ...before, ...made, updatedAt: now() + 1 }
    if (!(await clients.change(before, client, anonymous(c, deps)))) throw gone()
    const secret = await settleSecret(client, deps)
    await record(c, 'client.updated', client.id, await store.clients.isUnproven(client.id))
    return send(clientInformation(client, deps, { secret }))
  })

  app.delete(path, async (c) => {
    const { id } = await ownClient(c, deps)
    const unproven = (await store.clients.find(id)) === undefined || (await store.clients.isUnproven(id))
    // The id first: what is sealed in it must not come back between.
    await withdraw(store, id, now(), unproven ? anonymous(c, deps) : 'trusted')
    if (await store.clients.remove(id, now())) await record(c, 'client.deleted', id, unproven)
    return send(null, 204)
  })

  return app
}

/** @throws OAuthError invalid_request for another client_id, invalid_client_metadata for what is not its to choose */
async function refuseForeign(
  input: Record<string, unknown>,
  { id }: Client,
  { clients }: Deps,
): Promise<void> {
  if (input.client_id !== id) throw new OAuthError('invalid_request', 'client_id is not that of this client')
  const foreign = serversOwn.find((member) => input[member] !== undefined)
  if (foreign !== undefined) {
    throw new OAuthError('invalid_client_metadata', `${foreign}: this is the server's to say`)
  }
  const { client_secret: secret } = input
  if (secret === undefined || secret === null) return
  const hashes = await clients.secrets(id)
  if (typeof secret === 'string' && hashes.some((hash) => matchesHash(secret, hash))) return
  throw new OAuthError('invalid_client_metadata', 'client_secret: it is not one that this client has')
}

/** A client has a secret if it needs one, that its method can use; returns the one that it had to be given. */
async function settleSecret(client: Client, deps: Deps): Promise<string | undefined> {
  const { store, now } = deps
  const { id, metadata } = client
  const at = now()
  const live = await store.clients.secrets(id, at)
  if (!hasSecret(metadata)) {
    if (live.length > 0) await store.clients.expireSecrets(id, '', at)
    return undefined
  }
  const isUsable = usesHmac(client) ? (await deps.clients.knownSecrets(id)).length > 0 : live.length > 0
  return isUsable ? undefined : addUsableSecret(client, deps)
}

/** It was deleted while we worked on it. */
function gone(): OAuthError {
  return new OAuthError('invalid_token', 'the client is gone')
}
