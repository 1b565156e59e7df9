// Owns the exchange of an authorization code (OAuth 2.1 4.1.3, RFC 7636 4.6).
import { z } from 'zod'
import { matchesHash, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import type { Client } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { verifyPkce } from '../protocol/pkce.js'
import { isSameRedirect } from '../protocol/redirect-uri.js'
import type { Code } from '../store/store.js'
import type { Grant } from './grant.js'
import { revokeReused } from './reuse.js'
import { entitle, nextLife, readClaim } from './user-grant.js'

const params = z.object({
  code: z.string(),
  code_verifier: z.string().optional(),
  redirect_uri: z.string().optional(),
  resource: z.array(z.string()),
})

/** Wrong verifiers after which a code is dead (PK07). */
const maxMisses = 5

export const authorizationCode: Grant<z.infer<typeof params>> = {
  params,
  async redeem({ code: text, code_verifier, redirect_uri, resource }, client, deps) {
    const { store, now } = deps
    const code = await ownCode(text, client, deps)
    await proveVerifier(code, code_verifier, deps)
    const grant = await store.grants.find(code.grantId)
    if (code.usedAt !== undefined) {
      if (grant) await revokeReused(grant, 'code', deps)
      throw refused('code used twice')
    }
    if (code.attempts >= maxMisses) throw refused('too many wrong verifiers')
    if (code.expiresAt <= now()) throw refused('code has expired')
    if (redirect_uri !== undefined && !isSameRedirect(redirect_uri, code.redirectUri)) {
      throw refused('redirect_uri differs', 'redirect_uri is not the one of the authorization request')
    }
    if (!grant?.live) throw refused('grant is not live')
    const claim = await readClaim({ grant, client, resources: resource }, deps)

    // Setting the lifetimes comes first: of several exchanges at once, the one that spends the code must not
    // find the grant already revoked by those that did not.
    const life = nextLife(claim, deps)
    if (!(await store.grants.activate(grant.id, life))) throw refused('grant is not live')
    if (!(await store.codes.spend(code.id, now(), maxMisses))) {
      const twice = (await store.codes.find(code.id))?.usedAt !== undefined
      if (twice) await revokeReused(grant, 'code', deps)
      else await store.grants.revoke(grant.id, now(), 'code never redeemed')
      throw refused(twice ? 'code used twice at once' : 'code expired or guessed at meanwhile')
    }
    const { id, secret, generation } = grant
    const refresh = life.refreshExpiresAt === undefined ? undefined : { id, secret, generation }
    return entitle(claim, { nonce: grant.nonce, ...(refresh && { refresh }) })
  },
}

/** The row behind a code that was issued to this client; an unknown one and another's look the same. */
async function ownCode(text: string, client: Client, deps: Deps): Promise<Code> {
  const handle = parseHandle(text)
  const code = handle && (await deps.store.codes.find(handle.id))
  if (!code || !matchesHash(handle.secret, code.secretHash)) throw refused('unknown code')
  if (code.clientId !== client.id) throw refused('code of another client')
  return code
}

/**
 * Who cannot show the verifier is not the one who began: refused, and nothing else happens to the grant
 * (OAuth 2.1 7.5.2), else whoever sees a code could end a connection.
 */
async function proveVerifier(code: Code, verifier: string | undefined, deps: Deps): Promise<void> {
  if (verifier === undefined) throw refused('no code_verifier', 'code_verifier is missing')
  if (verifyPkce(code.codeChallenge, verifier)) return
  if (code.usedAt === undefined) await deps.store.codes.miss(code.id)
  throw refused('wrong code_verifier', 'code_verifier does not match the code_challenge')
}

function refused(reason: string, description = 'the code is unknown, expired or already used'): OAuthError {
  return new OAuthError('invalid_grant', description, { reason })
}
