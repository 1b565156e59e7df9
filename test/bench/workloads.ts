// Owns the workloads: what each sends, and what a good answer is.
import { createLocalJWKSet, jwtVerify } from 'jose'
import { blank, request } from './connection.js'
import type { Job } from './load.js'
import {
  authorization,
  codes,
  exchange,
  exchangeLater,
  ofService,
  redeem,
  serviceTokens,
  type Tokens,
  tokens,
} from './prepare.js'
import { type Api, apis, basic, type Contestant, idTokenAlg, redirectUri } from './scenario.js'
import { everybody, everyonesErrand, signedIn } from './sessions.js'

/** What is sent in one run, and how a good answer is told. */
export type Work = Pick<Job, 'work' | 'contains' | 'redirect'>

export type Workload = {
  name: string
  /** Everything sent in one run. `expected` is how many answers the run may need at most. */
  prepare(server: Contestant, connections: number, expected: number): Promise<Work>
  /** Looks closely at one answer of the run; throws when it is wrong. */
  verify(server: Contestant, sample: string): Promise<void>
}

async function verifyJwt(server: Contestant, token: string, audience: string, alg: string, typ?: string) {
  const jwks = await (await fetch(server.endpoints.jwks)).json()
  const options = { issuer: server.issuer, audience, algorithms: [alg], ...(typ !== undefined && { typ }) }
  await jwtVerify(token, createLocalJWKSet(jwks), options)
}

/** Every token of a code. */
async function verifyAll(server: Contestant, sample: string): Promise<void> {
  const answer = JSON.parse(sample) as Tokens
  if (!answer.refresh_token) throw new Error('no refresh token')
  await verifyJwt(server, answer.access_token, apis.es256.identifier, 'ES256', 'at+jwt')
  await verifyJwt(server, answer.id_token as string, server.clients.web.id, idTokenAlg)
}

function clientCredentials(name: string, api: Api): Workload {
  return {
    name,
    prepare: async (server) => {
      const requests = [ofService(server, api)]
      return { work: { kind: 'repeat', requests }, contains: '"access_token":"' }
    },
    verify: async (server, sample) => {
      const { access_token: token } = JSON.parse(sample) as Tokens
      if (api.format === 'jwt') return verifyJwt(server, token, api.identifier, api.alg, 'at+jwt')
      if (!(await isActive(server, token))) throw new Error(`a token that is not active: ${sample}`)
    },
  }
}

/** As the API with opaque tokens is told. */
async function isActive({ endpoints, clients }: Contestant, token: string): Promise<boolean> {
  const body = new URLSearchParams({ token })
  const answer = await fetch(endpoints.introspection, { method: 'POST', headers: basic(clients.api), body })
  return ((await answer.json()) as { active: boolean }).active
}

export const clientCredentialsEs256 = clientCredentials('client_credentials ES256', apis.es256)

const authorizationWithSession: Workload = {
  name: 'authorization (session)',
  prepare: async (server) => {
    const requests = (await everybody(server)).map((session) => authorization(server, session))
    return { work: { kind: 'repeat', requests }, contains: `${redirectUri}?code=`, redirect: true }
  },
  verify: async (server, sample) => {
    const code = decodeURIComponent(/\?code=([^&\r]+)/.exec(sample)?.[1] as string)
    const [answer] = await redeem(server, everyonesErrand(server), [code])
    await verifyJwt(server, answer?.id_token as string, server.clients.web.id, idTokenAlg)
  },
}

const codeExchange: Workload = {
  name: 'code exchange',
  prepare: async (server, _connections, expected) => {
    const session = await signedIn(server, server.clients.web.id, apis.es256)
    const requests = (await codes(server, session, expected)).map((code) => exchange(server, session, code))
    return { work: { kind: 'consume', requests }, contains: '"id_token":"' }
  },
  verify: verifyAll,
}

const wholeFlow: Workload = {
  name: 'authorize to token',
  prepare: async (server) => {
    const requests = (await everybody(server)).map((session) => authorization(server, session))
    const next = exchangeLater(server, everyonesErrand(server))
    return { work: { kind: 'flow', requests, next }, contains: '"id_token":"' }
  },
  verify: verifyAll,
}

const refreshRotation: Workload = {
  name: 'refresh rotation',
  prepare: async (server, connections) => {
    const session = await signedIn(server, server.clients.app.id, apis.es256)
    const fresh = (await tokens(server, session, connections)).map((one) => one.refresh_token as string)
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: server.clients.app.id,
      refresh_token: 'IT',
    })
    return {
      work: {
        kind: 'chain',
        next: blank(request('POST', server.endpoints.token, {}, form), 'IT'),
        tokens: fresh,
      },
      contains: '"refresh_token":"',
    }
  },
  verify: async (server, sample) => {
    const answer = JSON.parse(sample) as Tokens
    await verifyJwt(server, answer.access_token, apis.es256.identifier, 'ES256', 'at+jwt')
  },
}

const introspection: Workload = {
  // oidc-provider refuses to introspect JWTs, so both introspect opaque tokens.
  name: 'introspection (opaque)',
  prepare: async (server, connections) => {
    const session = await signedIn(server, server.clients.web.id, apis.opaque)
    const requests = (await tokens(server, session, connections)).map((one) => {
      const body = new URLSearchParams({ token: one.access_token })
      return request('POST', server.endpoints.introspection, basic(server.clients.api), body)
    })
    return { work: { kind: 'repeat', requests }, contains: '"active":true' }
  },
  verify: async (server, sample) => {
    const answer = JSON.parse(sample) as { sub: string; client_id: string }
    if (answer.sub !== server.sub || answer.client_id !== server.clients.web.id) throw new Error(sample)
  },
}

/** The first token of a run, which is surely sent. */
const firstRevoked = new WeakMap<Contestant, string>()

const revocation: Workload = {
  // At oidc-provider all codes of one consent share a grant, and revoking one of its tokens ends them all. Tokens of
  // a service end one by one at both.
  name: 'revocation (opaque)',
  prepare: async (server, _connections, expected) => {
    const fresh = await serviceTokens(server, expected)
    const [first = ''] = fresh
    if (!(await isActive(server, first))) throw new Error('a token that is not active before it is revoked')
    firstRevoked.set(server, first)
    const requests = fresh.map((token) =>
      request(
        'POST',
        server.endpoints.revocation,
        basic(server.clients.service),
        new URLSearchParams({ token }),
      ),
    )
    return { work: { kind: 'consume', requests }, contains: '' }
  },
  verify: async (server) => {
    if (await isActive(server, firstRevoked.get(server) as string))
      throw new Error('a revoked token lives on')
  },
}

const userinfo: Workload = {
  name: 'userinfo',
  prepare: async (server, connections) => {
    const session = await signedIn(server, server.clients.web.id)
    const requests = (await tokens(server, session, connections)).map((one) =>
      request('GET', server.endpoints.userinfo, { authorization: `Bearer ${one.access_token}` }),
    )
    return { work: { kind: 'repeat', requests }, contains: `"sub":"${server.sub}"` }
  },
  verify: async (_server, sample) => {
    if (!JSON.parse(sample).email_verified) throw new Error(`no claims: ${sample}`)
  },
}

function document(name: string, endpoint: 'jwks' | 'discovery', contains: string): Workload {
  return {
    name,
    prepare: async ({ endpoints }) => ({
      work: { kind: 'repeat', requests: [request('GET', endpoints[endpoint])] },
      contains,
    }),
    verify: async (_server, sample) => {
      JSON.parse(sample)
    },
  }
}

export const workloads: readonly Workload[] = [
  clientCredentialsEs256,
  clientCredentials('client_credentials RS256', apis.rs256),
  clientCredentials('client_credentials opaque', apis.opaque),
  authorizationWithSession,
  codeExchange,
  wholeFlow,
  refreshRotation,
  introspection,
  revocation,
  userinfo,
  document('JWKS', 'jwks', '"keys":['),
  document('discovery', 'discovery', '"issuer":"'),
]
