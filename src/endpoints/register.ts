// Owns /register (RFC 7591): an app registers itself, freely and without leaving a row, or by an administrator's leave.
import { type Context, Hono } from 'hono'
import { addUsableSecret } from '../clients/secret.js'
import { readStatement, type SoftwareStatement } from '../clients/software-statement.js'
import { isRegistrationToken, readInvitation, secretOfRegistration } from '../crypto/client-registration.js'
import { newId } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { json } from '../http/body.js'
import { senderKey } from '../http/client-address.js'
import { jsonSender } from '../http/json.js'
import { type Client, hasSecret } from '../protocol/client.js'
import { OAuthError, tooMany } from '../protocol/error.js'
import {
  readSelfMade,
  registeredScope,
  registrationAuthMethods,
  registrationMembers,
  type SelfMade,
} from '../protocol/registration.js'
import { requesterOf } from '../protocol/requester.js'
import { oidcScopes } from '../protocol/scope.js'
import { createAudit } from './audit.js'
import { brakeRegistration } from './brake.js'
import { clientInformation, requireNotDenied, requireSector } from './client-information.js'

const day = 86_400
const statedRegistrations = 1000

export function register(deps: Deps): Hono {
  const { config, clients, secrets } = deps
  const send = jsonSender(config, { open: true })
  const audit = createAudit(deps)
  const path = `${config.issuerPath}/register`

  return new Hono().post(path, async (c) => {
    const invitation = await invitationOf(c, deps)
    await brakeRegistration(c, deps)
    const input = await json(c)
    const statement = await statementOf(input, deps)
    const leave = invitation ?? (statement && leaveBy(statement, deps))
    if (!leave && config.clientRegistration !== 'open')
      throw unauthorized('an initial access token is needed')
    const read = readRegistration(input, statement, config, { mayOmitPkce: leave?.mayOmitPkce })
    const made = await withScope(read, input, deps)
    await requireNotDenied(made, deps)
    await requireSector(input, made, deps, requesterOf({ verified: false }, senderKey(c, config)))
    if (leave) {
      const { client, secret } = await admit(deps, made, leave)
      await audit(c, { type: 'client.registered', clientId: client.id, detail: leave.detail })
      return send(clientInformation(client, deps, { secret }), 201)
    }
    const client = clients.seal(made)
    if (!client) throw tooMuch()
    const secret = hasSecret(made.metadata) ? secretOfRegistration(secrets, client.id) : undefined
    return send(clientInformation(client, deps, { secret }), 201)
  })
}

/** What was stated of the software, undefined where nothing was. @throws OAuthError as readStatement does */
export async function statementOf(
  { software_statement: text }: Record<string, unknown>,
  deps: Deps,
): Promise<SoftwareStatement | undefined> {
  return (text ?? undefined) === undefined ? undefined : readStatement(text, deps)
}

/**
 * What a client says of itself, as far as nothing else is stated of it.
 * @param mayOmitPkce whether an administrator lets it have `require_pkce=false` (PK09)
 * @throws OAuthError as readSelfMade does
 */
export function readRegistration(
  input: Record<string, unknown>,
  statement: Pick<SoftwareStatement, 'text' | 'members'> | undefined,
  { nativeSchemes }: Deps['config'],
  { mayOmitPkce = false }: { mayOmitPkce?: boolean | undefined } = {},
): SelfMade {
  if (input.require_pkce === false && !mayOmitPkce) throw pkceNeeded()
  const { kind, metadata } = readSelfMade(
    { ...input, ...statement?.members },
    { authMethods: registrationAuthMethods, nativeSchemes, members: registrationMembers },
  )
  return { kind, metadata: { ...metadata, ...(statement && { software_statement: statement.text }) } }
}

/** The same with the scope that it names; what it may not request does not exist for it. @throws OAuthError */
export async function withScope(
  { kind, metadata }: SelfMade,
  { scope }: Record<string, unknown>,
  { store }: Deps,
): Promise<SelfMade> {
  const open = (await store.resources.all()).filter(({ disabled, clients }) => !disabled && clients === 'all')
  const available = [...oidcScopes, ...open.flatMap(({ scopes }) => scopes.map(({ name }) => name))]
  const registered_scope = registeredScope(scope, available)
  return { kind, metadata: { ...metadata, ...(registered_scope !== undefined && { registered_scope }) } }
}

/** By which a client gets a row of its own at once: so often until `until`, epoch seconds. */
type Leave = {
  readonly key: string
  readonly until: number
  readonly uses: number
  readonly mayOmitPkce?: boolean | undefined
  readonly detail: Readonly<Record<string, string>>
  readonly usedUp: () => OAuthError
}

/**
 * That of an initial access token, undefined where none came.
 * @throws OAuthError invalid_token
 */
async function invitationOf(c: Context, deps: Deps): Promise<Leave | undefined> {
  const { secrets, store, now } = deps
  const token = bearerOf(c)
  if (token === undefined) return undefined
  const invitation = readInvitation(secrets, token)
  if (!invitation || invitation.exp <= now() || (await store.revokedTokens.has(invitation.id)))
    throw unauthorized('the initial access token is unknown, expired or withdrawn', 'invalid_token')
  const { id, exp, uses, allowNoPkce } = invitation
  return {
    key: `invitation ${id}`,
    until: exp,
    uses,
    mayOmitPkce: allowNoPkce,
    detail: { invitation: id },
    usedUp: () => unauthorized('the initial access token is used up', 'invalid_token'),
  }
}

/** Everybody who has the software has its statement, so the rows that it makes in a day are bounded (RG09). */
function leaveBy({ id, issuer }: SoftwareStatement, { now }: Deps): Leave {
  const until = now() - (now() % day) + day
  return {
    key: `software statement ${id}`,
    until,
    uses: statedRegistrations,
    detail: { issuer },
    usedUp: () => tooMany('registrations', until - now()),
  }
}

/** Makes a client of its own, which costs one of the uses: the last thing that can go wrong. */
async function admit(
  deps: Deps,
  { kind, metadata }: SelfMade,
  { key, until, uses, usedUp }: Leave,
): Promise<{ client: Client; secret?: string }> {
  const { store, now, random } = deps
  const at = now()
  if (!(await store.tallies.take(key, { now: at, until, life: newId(at, random), limit: uses })))
    throw usedUp()
  const [id, ownGrantId] = [newId(at, random), newId(at, random)]
  const stamps = { createdAt: at, updatedAt: at }
  const client = { id, kind, metadata, verified: false, disabled: false, ownGrantId, ...stamps }
  await store.clients.create(client)
  if (!hasSecret(metadata)) return { client }
  return { client, secret: await addUsableSecret(client, deps) }
}

/**
 * The client whose own token came with the request (RFC 7592 2); a wrong token and an unknown client look the same.
 * @throws OAuthError invalid_token; status 403 for a client that an administrator has disabled
 */
export async function ownClient(c: Context, deps: Deps): Promise<Client> {
  const token = bearerOf(c)
  if (token === undefined) throw unauthorized('the registration access token is needed')
  const id = c.req.param('client') ?? ''
  const client = isRegistrationToken(deps.secrets, id, token)
    ? await deps.clients.find(id, senderKey(c, deps.config))
    : undefined
  if (!client)
    throw unauthorized('the registration access token is not that of a client here', 'invalid_token')
  if (client.disabled) throw new OAuthError('access_denied', 'an administrator has disabled this client')
  return client
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

function pkceNeeded(): OAuthError {
  const description =
    'require_pkce: false needs an initial access token that allows it (grantor registration invite --allow-no-pkce)'
  return new OAuthError('invalid_client_metadata', description)
}

function tooMuch(): OAuthError {
  const description =
    'the metadata is too long to be registered without a token; send fewer or shorter members'
  return new OAuthError('invalid_client_metadata', description)
}
