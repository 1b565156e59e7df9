// Owns the section about grantor/verify: what it adds to jose's jwtVerify for a new token, and saves for a known one.
import { generateKeyPairSync } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { createLocalJWKSet, exportJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { createVerifier } from '../../src/verify/index.js'
import { line, median, verdict } from './report.js'
import { apis, basic, type Contestant } from './scenario.js'

const [issuer, audience] = ['https://as.bench.test', 'https://api.bench.test']

/** Median microseconds of one token: by jwtVerify alone, by ours when it is new, by ours when it has been seen. */
export type VerifyTimes = { readonly jose: number; readonly fresh: number; readonly repeated: number }

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
    verifier: (options: { rememberTokens?: number } = {}) =>
      createVerifier({ issuer, audience, fetch: async (url) => new Response(answers[url]), ...options }),
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
export async function measureVerify({ rounds = 5, count = 400 } = {}): Promise<VerifyTimes> {
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
  return { jose: median(times.jose), fresh: median(times.fresh), repeated: median(times.repeated) }
}

const lanes = 16

/** Calls per second of an API that has so many requests at a time. */
async function perSecond(judge: () => Promise<unknown>, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000
  let calls = 0
  const lane = async () => {
    for (; performance.now() < end; calls++) await judge()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return calls / seconds
}

/** A JWT of our server, and the question about it. */
async function introspection({ clients, endpoints }: Contestant): Promise<() => Promise<void>> {
  const { identifier: resource, scope } = apis.es256
  const post = (url: URL, fields: Record<string, string>) =>
    fetch(url, { method: 'POST', headers: basic(clients.service), body: new URLSearchParams(fields) })
  const answer = await post(endpoints.token, { grant_type: 'client_credentials', resource, scope })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return async () => {
    const { active } = (await (await post(endpoints.introspection, { token })).json()) as { active: boolean }
    if (!active) throw new Error('the token is not active')
  }
}

export async function verifySection(
  ours: Contestant,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<void> {
  const { jose, fresh, repeated } = await measureVerify({ rounds })
  console.log(
    '\ngrantor/verify, status list included, against jwtVerify of jose alone; ES256, one token after another',
  )
  const slower = verdict(fresh / jose <= 1.1, 'at most 1.10')
  line('a new token', `${(fresh / jose).toFixed(2)} of its time`, slower)
  const faster = verdict(jose / repeated >= 20, 'at least 20')
  line('a known token', `${(jose / repeated).toFixed(0)} times as fast`, faster)

  const { tokens, jose: alone, verifier } = await scene(1)
  const [token = ''] = tokens
  const verifiers = [verifier({ rememberTokens: 0 }), verifier({})]
  await Promise.all(verifiers.map(({ ready }) => ready()))
  const [forgetful, usual] = verifiers
  const ways: [string, () => Promise<unknown>][] = [
    ['jwtVerify, deaf to revocations', () => alone(token)],
    ['grantor/verify, new tokens', async () => forgetful?.verify(token)],
    ['grantor/verify, known tokens', async () => usual?.verify(token)],
    ['introspection, by fetch', await introspection(ours)],
  ]
  console.log(`\njudging tokens in an API with ${lanes} requests at a time`)
  for (const [name, judge] of ways) {
    await perSecond(judge, seconds / 4)
    line(name, `${(await perSecond(judge, seconds)).toFixed(0)} calls/s`)
  }
  for (const { close } of verifiers) close()
}
