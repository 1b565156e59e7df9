// Owns `grantor token`: look into a token, or end it, with an administrator's eyes.
import type { Command } from 'commander'
import { pino } from 'pino'
import { readRefreshToken } from '../crypto/refresh-token.js'
import type { GrantRow } from '../store/store.js'
import { type AccessToken, readAccessToken, revokeAccessToken, tokenType } from '../tokens/access-token.js'
import { currentRefreshToken } from '../tokens/refresh-token.js'
import { type Cell, facts, time } from './text.js'
import { addVerb, type Outcome, type Verb } from './verb.js'
import { openKeys, record, type Work, withStore } from './work.js'
import type { World } from './world.js'

const times = new Set(['iat', 'exp', 'auth_time'])

/** A token of ours that is alive. */
type Found = { kind: 'access'; token: AccessToken } | { kind: 'refresh'; grant: GrantRow; expiresAt: number }

const introspect: Verb<unknown> = {
  usage: 'introspect [token]',
  about:
    'say whether a token is alive and what it carries (RFC 7662); without an argument it is read from standard input',
  example: 'echo "$TOKEN" | npx grantor token introspect',
  run: (world, _options, text) =>
    withToken(world, text, async (found, work) => {
      const value = found === undefined ? { active: false } : describe(found, work.config.issuer)
      const act = found?.kind === 'access' ? found.token.act : undefined
      const shown = Object.entries({ ...value, act: act && JSON.stringify(act) }).map(([name, fact]) => [
        name,
        typeof fact === 'number' && times.has(name) ? time(fact) : fact,
      ])
      return { value: { ...value, act }, text: facts(Object.fromEntries(shown)) }
    }),
}

const revoke: Verb<unknown> = {
  usage: 'revoke [token]',
  about: 'end an access token, or with a refresh token its whole connection',
  example: 'echo "$TOKEN" | npx grantor token revoke',
  run: (world, _options, text) =>
    withToken(world, text, async (found, work) => {
      if (found === undefined) return { value: { revoked: false }, text: 'This token is not alive.' }
      const { store, now } = work
      if (found.kind === 'refresh') {
        const { id: grantId, sub, clientId } = found.grant
        await store.grants.revoke(grantId, now(), 'administrator')
        await record(work, { type: 'grant.revoked', sub, clientId, grantId })
        return { value: { revoked: true, grant_id: grantId }, text: `The connection ${grantId} has ended.` }
      }
      const { jti, sub, clientId, grantId } = found.token
      await revokeAccessToken(found.token, work)
      await record(work, { type: 'token.revoked', sub, clientId, grantId })
      return { value: { revoked: true, jti }, text: `The access token ${jti} has ended.` }
    }),
}

export function register(program: Command, world: World): void {
  const noun = program.command('token').description('look into a token or end it')
  addVerb(noun, world, introspect)
  addVerb(noun, world, revoke)
}

async function withToken(
  world: World,
  given: string | undefined,
  act: (found: Found | undefined, work: Work) => Promise<Outcome>,
): Promise<Outcome> {
  const text = (given ?? (await world.readStdin())).trim()
  return withStore(world, async (work) => act(await find(text, work), work))
}

async function find(text: string, work: Work): Promise<Found | undefined> {
  const { config, store, now } = work
  const log = pino({ level: 'silent' })
  const keys = await openKeys(work, log)
  if (readRefreshToken(text) === undefined) {
    const token = await readAccessToken(text, { config, store, ...keys, now })
    return token && { kind: 'access', token }
  }
  const found = await currentRefreshToken(text, { store, now, secrets: keys.secrets })
  return found && { kind: 'refresh', ...found }
}

function describe(found: Found, issuer: string): Record<string, Cell> {
  if (found.kind === 'refresh') {
    const { grant, expiresAt } = found
    return {
      active: true,
      kind: 'refresh_token',
      iss: issuer,
      sub: grant.sub,
      client_id: grant.clientId,
      scope: grant.scope.join(' ') || undefined,
      exp: expiresAt,
      grant_id: grant.id,
    }
  }
  const { token } = found
  return {
    active: true,
    kind: 'access_token',
    iss: issuer,
    sub: token.sub,
    aud: token.aud,
    client_id: token.clientId,
    token_type: tokenType(token),
    scope: token.scope.join(' ') || undefined,
    iat: token.iat,
    exp: token.exp,
    jti: token.jti,
    auth_time: token.authTime,
    acr: token.acr,
    amr: token.amr,
    jkt: token.jkt,
    grant_id: token.grantId,
  }
}
