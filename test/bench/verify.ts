// Owns the section about grantor/verify: what it adds to jose's jwtVerify for a new token, and saves for a known one.
import { generateKeyPairSync } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { createLocalJWKSet, exportJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { createVerifier } from '../../src/verify/index.js'
import { median } from './report.js'

const [issuer, audience] = ['https://as.bench.test', 'https://api.bench.test']

export type VerifyRatios = {
  /** Time of ours for a token never seen, over that of jwtVerify. */
  readonly fresh: number
  /** Time of jwtVerify over ours for a token seen before. */
  readonly repeated: number
}

/** A service and its tokens; the issuer answers from memory, so that nothing but the judging is measured. */
async function scene(count: number) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }
  const sign = (typ: string, claims: JWTPayload) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'bench', typ })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey)
  const uri = `${issuer}/status-lists/1`
  const lst = deflateSync(Buffer.alloc(2 ** 17)).toString('base64url')
  const answers: Record<string, string> = {
    [`${issuer}/.well-known/oauth-authorization-server`]: JSON.stringify({
      issuer,
      jwks_uri: `${issuer}/jwks`,
    }),
    [`${issuer}/jwks`]: JSON.stringify({ keys: [jwk] }),
    [uri]: await sign('statuslist+jwt', { sub: uri, ttl: 3600, status_list: { bits: 1, lst } }),
  }
  const tokens: string[] = []
  for (let i = 0; i < count; i++) {
    tokens.push(
      await sign('at+jwt', {
        sub: 'u_bench',
        aud: audience,
        client_id: 'c_bench',
        jti: `g_bench.${i}`,
        scope: 'api:read api:write',
        acr: 'urn:grantor:acr:pwd',
        status: { status_list: { idx: i, uri } },
      }),
    )
  }
  const find = createLocalJWKSet({ keys: [jwk] })
  const options = { issuer, audience, typ: 'at+jwt', algorithms: ['ES256'], requiredClaims: ['sub', 'exp'] }
  return {
    tokens,
    jose: (token: string) => jwtVerify(token, find, options),
    verifier: () => createVerifier({ issuer, audience, fetch: async (url) => new Response(answers[url]) }),
  }
}

type Verify = (token: string) => Promise<unknown>

async function microseconds(verify: Verify, token: string): Promise<number> {
  const start = performance.now()
  await verify(token)
  return (performance.now() - start) * 1000
}

/**
 * Both take turns token by token, so that what else the machine does meets both alike; the median of each counts.
 * @param count tokens per round; the first round compiles the code and does not count
 */
export async function measureVerify({ rounds = 5, count = 400 } = {}): Promise<VerifyRatios> {
  const { tokens, jose, verifier } = await scene(count)
  const times = { jose: [] as number[], fresh: [] as number[], repeated: [] as number[] }
  for (let round = 0; round <= rounds; round++) {
    const { verify, ready, close } = verifier()
    await ready()
    for (const list of round > 1 ? [] : Object.values(times)) list.length = 0
    for (const [i, token] of tokens.entries()) {
      const turns: [number[], Verify][] = [
        [times.jose, jose],
        [times.fresh, verify],
      ]
      for (const [list, run] of i % 2 === 0 ? turns : turns.reverse())
        list.push(await microseconds(run, token))
    }
    for (const token of tokens) times.repeated.push(await microseconds(verify, token))
    close()
  }
  const alone = median(times.jose)
  return { fresh: median(times.fresh) / alone, repeated: alone / median(times.repeated) }
}

export async function verifySection(options: { rounds: number }): Promise<void> {
  const { fresh, repeated } = await measureVerify({ rounds: options.rounds })
  const verdict = (met: boolean) => (met ? 'yes' : 'NO')
  console.log('\ngrantor/verify, status list included, against jwtVerify of jose alone; ES256')
  console.log(`  a new token takes ${fresh.toFixed(2)} of its time; at most 1.10: ${verdict(fresh <= 1.1)}`)
  console.log(
    `  a known token is ${repeated.toFixed(0)} times as fast; at least 20: ${verdict(repeated >= 20)}`,
  )
}
