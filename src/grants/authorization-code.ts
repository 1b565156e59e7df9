// Owns the exchange of an authorization code (OAuth 2.1 4.1.3, RFC 7636 4.6).
import { z } from 'zod'
import { matchesHash, parseHandle } from '../crypto/handle.js'
import type { Deps } from '../deps.js'
import { type Client, isPublic } from '../protocol/client.js'
import { OAuthError } from '../protocol/error.js'
import { isVerifier, requiresPkce, verifyPkce } from '../protocol/pkce.js'
import { isSameRedirect } from '../protocol/redirect-uri.js'
import type { Code, GrantRow } from '../store/store.js'
import type { Grant } from './grant.js'
import { revokeReused } from './reuse.js'
import { entitle, firstEntry, nextLife, readClaim, requireKey } from './user-grant.js'

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
  async redeem({ code: text, code_verifier, redirect_uri, resource }, client, deps, jkt) {
    const { store, now } = deps
    const { grant, code } = await ownCode(text, client, deps)
    const proof = { verifier: code_verifier, redirectUri: redirect_uri }
    if (code.challenge === undefined) requireSameRequest(code, proof, client)
    else await proveVerifier(grant, { ...code, challenge: code.challenge }, code_verifier, deps)
    if (code.usedAt !== undefined) {
      await revokeReused(grant, 'code', deps)
      throw refused('code used twice')
    }
    if (code.misses >= maxMisses) throw refused('too many wrong verifiers')
    if (code.expiresAt <= now()) throw refused('code has expired')
    requireKey(grant, jkt)
    requireSameRedirect(redirect_uri, code)
    if (!grant.live) throw refused('grant is not live')
    const claim = await readClaim({ grant, client, resources: resource }, deps)

    const life = nextLife(claim, deps)
    // RFC 9449 5: what a confidential client holds is bound to its authentication already.
    const binding = isPublic(client.metadata) ? { jkt } : {}
    const place = await firstEntry(claim, deps)
    if (!(await store.grants.redeem(grant.id, { ...life, ...binding, place }, maxMisses))) {
      const twice = (await store.grants.findForCode(grant.id))?.code.usedAt !== undefined
      if (twice) await revokeReused(grant, 'code', deps)
      throw refused(twice ? 'code used twice at once' : 'grant ended, code expired or guessed at meanwhile')
    }
    const { id, secret, generation } = grant
    const refresh = life.refreshExpiresAt === undefined ? undefined : { id, secret, generation }
    return entitle(claim, { nonce: grant.nonce, place, ...(refresh && { refresh }) })
  },
}

/** The code that was issued to this client, with its grant; an unknown one and another's look the same. */
async function ownCode(text: string, client: Client, deps: Deps): Promise<{ grant: GrantRow; code: Code }> {
  const handle = parseHandle(text)
  const found = handle && (await deps.store.grants.findForCode(handle.id))
  if (!found || !matchesHash(handle.secret, found.code.hash)) throw refused('unknown code')
  if (found.grant.clientId !== client.id) throw refused('code of another client')
  return found
}

type Proof = { readonly verifier: string | undefined; readonly redirectUri: string | undefined }

/**
 * A code without a challenge is bound to its client and to the redirect URI, which the token request must repeat (RFC 6749
 * 4.1.3). A verifier shows that the challenge was removed on the way (RFC 9700 4.8.2, PK05).
 */
function requireSameRequest(code: Code, { verifier, redirectUri }: Proof, { metadata }: Client): void {
  if (requiresPkce(metadata))
    throw refused('PKCE was off when the code was issued', 'the client uses PKCE now: begin again')
  if (verifier !== undefined)
    throw refused('verifier without challenge', 'code_verifier belongs to no code_challenge of the request')
  if (redirectUri === undefined)
    throw refused('no redirect_uri', 'redirect_uri is missing: without PKCE the token request repeats it')
  requireSameRedirect(redirectUri, code)
}

/** OAuth 2.1 10.2: clients with PKCE need not send it. */
function requireSameRedirect(named: string | undefined, code: Code): void {
  if (named === undefined || isSameRedirect(named, code.redirectUri)) return
  throw refused('redirect_uri differs', 'redirect_uri is not the one of the authorization request')
}

/**
 * Who cannot show the verifier is not the one who began: refused, and nothing else happens to the grant
 * (OAuth 2.1 7.5.2), else whoever sees a code could end a connection.
 */
async function proveVerifier(
  grant: GrantRow,
  code: Code & { readonly challenge: string },
  verifier: string | undefined,
  deps: Deps,
): Promise<void> {
  if (verifier === undefined) throw refused('no code_verifier', 'code_verifier is missing')
  if (verifyPkce(code.challenge, verifier)) return
  if (code.usedAt === undefined) await deps.store.grants.missCode(grant.id)
  if (!isVerifier(verifier))
    throw refused(
      'malformed code_verifier',
      'code_verifier is malformed: it has 43 to 128 of A-Z a-z 0-9 - . _ ~',
    )
  throw refused('wrong code_verifier', 'code_verifier does not match the code_challenge')
}

function refused(reason: string, description = 'the code is unknown, expired or already used'): OAuthError {
  return new OAuthError('invalid_grant', description, { reason })
}
