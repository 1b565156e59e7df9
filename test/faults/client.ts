// Owns the client's side: what it asked for, what it was answered, and what it therefore may rely on.
import { Agent, request } from 'node:http'
import { cookieName } from '../../src/http/cookies.js'
import { challenge, verifier } from '../support/values.js'
import { api, type Credentials, type SignedIn, type Victim } from './victim.js'

export type Answer = { readonly status: number; readonly location: string; readonly text: string }

/** How far something has come that works once. After 'unanswered' it may or may not have happened. */
export type Progress = 'not asked' | 'unanswered' | 'done'

export type Session = SignedIn & { signOut: Progress }

/** A connection, from its code on, as its client knows it. */
export type Connection = {
  readonly session: Session
  /** Ends with the session. */
  readonly bound: boolean
  readonly code: string
  exchange: Progress
  refreshTokens: string[]
  accessTokens: string[]
  idToken: string
  /** A rotation has not been answered. */
  refreshing: boolean
  end: Progress
}

/** A service and the tokens that it got for itself. */
export type Service = Credentials & { live: string[]; unsure: string[]; revoked: string[] }

export type Client = ReturnType<typeof createClient>

const redirectUri = 'https://app.test/cb'

/** Talks to the server; keeps connections open, as a client under load does. */
export function createClient(victim: Pick<Victim, 'base' | 'issuer' | 'app'>) {
  const { base, issuer, app } = victim
  const cookie = cookieName({ issuer }, 'session')
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  /** Answers that are neither what was asked for nor one of OAuth's errors (I6). */
  const surprises: string[] = []

  function send(
    path: string,
    options: { form?: Record<string, string>; as?: Credentials; session?: SignedIn } = {},
  ): Promise<Answer> {
    const { form, as, session } = options
    const body = form && new URLSearchParams(form).toString()
    return new Promise((resolve, reject) => {
      const call = request(`${base}${path}`, { agent, method: body === undefined ? 'GET' : 'POST' })
      if (as) call.setHeader('Authorization', `Basic ${btoa(`${as.id}:${as.secret}`)}`)
      if (session) call.setHeader('Cookie', `${cookie}=${session.handle}`)
      if (body !== undefined) call.setHeader('Content-Type', 'application/x-www-form-urlencoded')
      call.on('error', reject)
      call.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
        })
        response.on('error', reject)
        response.on('aborted', () => reject(new Error('cut off')))
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response
          if (![200, 303, 400, 503].includes(status))
            surprises.push(`${path} ${status} ${text.slice(0, 200)}`)
          resolve({ status, location: headers.location ?? '', text })
        })
      })
      call.end(body)
    })
  }

  const authorize = (session: SignedIn, more: Record<string, string> = {}) => {
    const usual = {
      client_id: app.id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: 'state',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }
    return send(`/authorize?${new URLSearchParams({ ...usual, ...more })}`, { session })
  }

  const exchange = (code: string) =>
    send('/token', {
      as: app,
      form: { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier },
    })

  const refresh = (token: string) =>
    send('/token', { as: app, form: { grant_type: 'refresh_token', refresh_token: token } })

  function keep(connection: Connection, { text }: Answer): void {
    const { access_token, refresh_token, id_token } = JSON.parse(text)
    connection.accessTokens.push(access_token)
    connection.refreshTokens.push(refresh_token)
    connection.idToken = id_token ?? connection.idToken
  }

  return {
    surprises,
    send,
    exchange,
    refresh,
    keep,
    /** Every open socket is given up, as when the server has gone. */
    hangUp: () => agent.destroy(),
    /** The error of an authorization without a page, or that somebody is signed in. */
    async silently(session: SignedIn): Promise<string> {
      const { location } = await authorize(session, { prompt: 'none' })
      return new URL(location).searchParams.get('error') ?? 'signed in'
    },

    async begin(session: Session, bound: boolean): Promise<Connection> {
      const wider = { scope: 'openid offline_access read', resource: api }
      const { status, location } = await authorize(session, bound ? {} : wider)
      const code = status === 303 ? new URL(location).searchParams.get('code') : null
      if (code === null) throw new Error(`no code: ${status} ${location}`)
      const none = { refreshTokens: [], accessTokens: [], idToken: '' }
      return { session, bound, code, exchange: 'not asked', ...none, refreshing: false, end: 'not asked' }
    },

    /** From here on each expects to be obeyed: only a server or a store that has gone may say no. */
    async redeem(connection: Connection): Promise<void> {
      connection.exchange = 'unanswered'
      const answer = await exchange(connection.code)
      if (answer.status === 503) return
      if (answer.status !== 200) throw new Error(`code: ${answer.status} ${answer.text}`)
      connection.exchange = 'done'
      keep(connection, answer)
    },

    async rotate(connection: Connection): Promise<void> {
      connection.refreshing = true
      const answer = await refresh(connection.refreshTokens.at(-1) ?? '')
      if (answer.status === 503) return
      if (answer.status !== 200) throw new Error(`refresh: ${answer.status} ${answer.text}`)
      connection.refreshing = false
      keep(connection, answer)
    },

    async revoke(connection: Connection): Promise<void> {
      connection.end = 'unanswered'
      const token = connection.refreshTokens.at(-1) ?? ''
      const { status } = await send('/revoke', { as: app, form: { token } })
      if (status === 200) connection.end = 'done'
    },

    /** An old refresh token, or the code again: theft, which ends the connection. */
    async steal(connection: Connection): Promise<void> {
      connection.end = 'unanswered'
      const [first = ''] = connection.refreshTokens
      const { status } =
        connection.refreshTokens.length > 2 ? await refresh(first) : await exchange(connection.code)
      if (status === 400) connection.end = 'done'
      else if (status !== 503) throw new Error(`a stolen token: ${status}`)
    },

    async signOut({ session, idToken }: Connection): Promise<void> {
      session.signOut = 'unanswered'
      const { status } = await send(`/end-session?id_token_hint=${idToken}`, { session })
      if (status === 200) session.signOut = 'done'
      else if (status !== 503) throw new Error(`sign-out: ${status}`)
    },

    async serve(service: Service): Promise<void> {
      const form = { grant_type: 'client_credentials', scope: 'read' }
      const { status, text } = await send('/token', { as: service, form })
      if (status === 503) return
      if (status !== 200) throw new Error(`client_credentials: ${status} ${text}`)
      service.live.push(JSON.parse(text).access_token)
    },

    /** All tokens that the service got so far share their place, so all of them end. */
    async withdraw(service: Service): Promise<void> {
      const [token] = service.live
      if (token === undefined) return
      service.unsure.push(...service.live.splice(0))
      const { status } = await send('/revoke', { as: service, form: { token } })
      if (status === 200) service.revoked.push(...service.unsure.splice(0))
    },

    async isActive(token: string, as: Credentials = app): Promise<boolean> {
      const { status, text } = await send('/introspect', { as, form: { token } })
      if (status !== 200) throw new Error(`introspection: ${status} ${text}`)
      return JSON.parse(text).active
    },
  }
}
