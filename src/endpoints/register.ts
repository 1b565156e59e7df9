// Owns /register (RFC 7591): an app registers itself, freely and without leaving a row, or by an administrator's leave.
import { type Context, Hono } from 'hono'
import { addRandomSecret } from '../clients/secret.js'
import { isRegistrationToken, readInvitation, secretOfRegistration } from '../crypto/client-registration.js'
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { json } from '../http/body.js'
import { addressKey, addressOf } from '../http/client-address.js'
import { jsonSender } from '../http/json.js'
import { type Client, hasSecret } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { readSelfMade, registrationAuthMethods, type SelfMade } from '../protocol/registration.js'
import { createAudit } from './audit.js'
import { clientInformation, requireSector } from './client-information.js'

export function register(deps: Deps): Hono {
  const { config, clients, secrets } = deps
  const send = jsonSender(config, { open: true })
  const audit = createAudit(deps)
  const path = `${config.issuerPath}/register`

  return new Hono().post(path, async (c) => {
    const invitation = await invitationOf(c, deps)
    await brake(c, deps)
    const input = await json(c)
    const made = readSelfMade(input, { authMethods: registrationAuthMethods })
    await requireSector(input, made, deps)
    if (invitation) {
      const { client, secret } = await admit(deps, made, invitation)
      await audit(c, {
        type: 'client.registered',
        clientId: client.id,
        detail: { invitation: invitation.id },
      })
      return send(clientInformation(client, deps, { secret }), 201)
    }
    const client = clients.seal(made)
    if (!client) throw tooMuch()
    const secret = hasSecret(made.metadata) ? secretOfRegistration(secrets, client.id) : undefined
    return send(clientInformation(client, deps, { secret }), 201)
  })
}

type Invited = { readonly id: string; readonly exp: number; readonly uses: number }

/**
 * The initial access token, undefined where none came and none is needed.
 * @throws OAuthError invalid_token
 */
async function invitationOf(c: Context, deps: Deps): Promise<Invited | undefined> {
  const { config, secrets, store, now } = deps
  const token = bearerOf(c)
  if (token === undefined) {
    if (config.clientRegistration === 'open') return undefined
    throw unauthorized('an initial access token is needed')
  }
  const invitation = readInvitation(secrets, token)
  if (!invitation || invitation.exp <= now() || (await store.revokedTokens.has(invitation.id)))
    throw unauthorized('the initial access token is unknown, expired or withdrawn', 'invalid_token')
  return invitation
}

/** Makes a client of its own, which costs one of the invitation's uses: the last thing that can go wrong. */
async function admit(
  { store, now, random }: Deps,
  { kind, metadata }: SelfMade,
  { id: invited, exp, uses }: Invited,
): Promise<{ client: Client; secret?: string }> {
  const at = now()
  const rule = { now: at, until: exp, life: newId(at, random), limit: uses }
  if (!(await store.tallies.take(`invitation ${invited}`, rule)))
    throw unauthorized('the initial access token is used up', 'invalid_token')
  const [id, ownGrantId] = [newId(at, random), newId(at, random)]
  const stamps = { createdAt: at, updatedAt: at }
  const client = { id, kind, metadata, verified: false, disabled: false, ownGrantId, ...stamps }
  await store.clients.create(client)
  if (!hasSecret(metadata)) return { client }
  return { client, secret: await addRandomSecret(id, { store, now, random }) }
}

/**
 * The client whose own token came with the request (RFC 7592 2); a wrong token and an unknown client look the same.
 * @throws OAuthError invalid_token; status 403 for a client that an administrator has disabled
 */
export async function ownClient(c: Context, deps: Deps): Promise<Client> {
  const token = bearerOf(c)
  if (token === undefined) throw unauthorized('the registration access token is needed')
  const id = c.req.param('client') ?? ''
  const client = isRegistrationToken(deps.secrets, id, token) ? await deps.clients.find(id) : undefined
  if (!client)
    throw unauthorized('the registration access token is not that of a client here', 'invalid_token')
  if (client.disabled) throw new OAuthError('access_denied', 'an administrator has disabled this client')
  return client
}

/** @throws OAuthError status 429 */
export async function brake(c: Context, { throttle, config }: Deps): Promise<void> {
  const wait = await throttle.registration(addressKey(addressOf(c, config)))
  if (wait === 0) return
  throw new OAuthError('temporarily_unavailable', 'too many registrations, try again later', {
    status: 429,
    headers: { 'Retry-After': String(wait) },
  })
}

function bearerOf(c: Context): string | undefined {
  const header = c.req.header('authorization')
  if (header === undefined) return undefined
  return /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header)?.[1] ?? ''
}

/** RFC 6750 3.1: no code where no token came. */
function unauthorized(description: string, code?: 'invalid_token'): OAuthError {
  const challenge = code ? `Bearer error="${code}", error_description="${description}"` : 'Bearer'
  return new OAuthError('invalid_token', description, { headers: { 'WWW-Authenticate': challenge } })
}

function tooMuch(): OAuthError {
  const description =
    'the metadata is too long to be registered without a token; send fewer or shorter members'
  return new OAuthError('invalid_client_metadata', description)
}
