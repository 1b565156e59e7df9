// Owns the replay: the client's history is held against a server that has come back (I1, I2, I3, I5, I8).
import { inflateSync } from 'node:zlib'
import { claimsOf } from '../support/flow.js'
import { placeOf } from '../support/status.js'
import type { Client, Connection, Service, Session } from './client.js'
import type { Lane } from './load.js'
import type { Victim } from './victim.js'

/** What the server said before must still hold; answers how it does not. Replays what works once, so it may end things. */
export async function broken(victim: Victim, client: Client, lanes: readonly Lane[]): Promise<string[]> {
  const faults: string[] = []
  const hold = (right: boolean, what: string) => {
    if (!right) faults.push(what)
  }
  const connections = lanes.flatMap((lane) => lane.connections)
  const services = lanes.map((lane) => lane.service)
  const sessions = [
    ...new Set([...lanes.flatMap((lane) => lane.sessions), ...connections.map(({ session }) => session)]),
  ]
  for (const found of victim.damage()) faults.push(`I5 ${JSON.stringify(found)}`)
  const bits = await publishedBits(victim)
  await keysAndPlaces()
  await allAtOnce(sessions, session)
  await allAtOnce(connections, connection)
  await allAtOnce(services, service)
  await signOutsAreWrittenDown()
  return faults

  /** I3: what signed is published. And no two grants were given one place, whatever was lost in between. */
  async function keysAndPlaces(): Promise<void> {
    const published = new Set((await json('/jwks')).keys.map(({ kid }: { kid: string }) => kid))
    const owners = new Map<string, string>()
    const tokens = [
      ...connections.flatMap(({ accessTokens }) => accessTokens),
      ...services.flatMap(({ live, unsure, revoked }) => [...live, ...unsure, ...revoked]),
    ]
    for (const token of tokens) {
      const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
      hold(published.has(kid), `I3 ${kid} signed and is not published`)
      const { uri, idx } = placeOf(token)
      const grant = String(claimsOf(token).jti).split('.')[0] ?? ''
      const owner = owners.get(`${uri} ${idx}`) ?? grant
      owners.set(`${uri} ${idx}`, owner)
      hold(owner === grant, `I1 the place ${idx} belongs to two grants`)
    }
  }

  async function session(one: Session): Promise<void> {
    const state = await client.silently(one)
    if (one.signOut === 'done') hold(state === 'login_required', `I1 signed out, and now ${state}`)
    if (one.signOut === 'not asked') hold(state === 'signed in', `a session is lost: ${state}`)
    if (one.signOut === 'unanswered') one.signOut = state === 'signed in' ? 'not asked' : 'done'
  }

  async function connection(one: Connection): Promise<void> {
    const ended = one.end === 'done' || (one.bound && one.session.signOut === 'done')
    if (one.exchange === 'not asked' && !ended) return firstExchange(one)
    if (one.exchange === 'unanswered') return secondExchange(one)
    const [access, token] = [one.accessTokens.at(-1), one.refreshTokens.at(-1)]
    if (access === undefined || token === undefined) return
    const active = await client.isActive(access)
    const answer = await client.refresh(token)
    const works = answer.status === 200
    if (ended) {
      hold(!active && !works, `I1 ended, and now active ${active}, refresh ${answer.status}`)
      hold(bits(access) === 1, 'I1 ended, and its bit is not set')
    } else if (one.end === 'unanswered') {
      hold(active === works, `I5 half ended: active ${active}, refresh ${answer.status}`)
      hold(active || bits(access) === 1, 'I1 ended, and its bit is not set')
    } else {
      hold(active && works, `lost: active ${active}, refresh ${answer.status} ${answer.text}`)
      hold(bits(access) === 0, 'revoked by nobody')
    }
    one.end = works ? 'not asked' : 'done'
    one.refreshing = false
    if (works) client.keep(one, answer)
  }

  /** A code that was answered is there. */
  async function firstExchange(one: Connection): Promise<void> {
    const answer = await client.exchange(one.code)
    hold(answer.status === 200, `a code is lost: ${answer.status} ${answer.text}`)
    one.exchange = 'done'
    if (answer.status === 200) client.keep(one, answer)
    else one.end = 'done'
  }

  /** I2: whether it was spent or not, it works at most once more. */
  async function secondExchange(one: Connection): Promise<void> {
    const answers = [await client.exchange(one.code), await client.exchange(one.code)]
    hold(answers[1]?.status === 400, `I2 a code was spent twice: ${answers.map(({ status }) => status)}`)
    for (const answer of answers) if (answer.status === 200) client.keep(one, answer)
    for (const token of one.refreshTokens) {
      hold((await client.refresh(token)).status === 400, 'I1 a code was spent twice, and its tokens live')
    }
    one.exchange = 'done'
    one.end = 'done'
  }

  async function service(one: Service): Promise<void> {
    for (const token of one.revoked) {
      hold(!(await client.isActive(token, one)), 'I1 a revoked token is active again')
      hold(bits(token) === 1, 'I1 a revoked token has lost its bit')
    }
    for (const token of one.live.slice(-5)) {
      hold(await client.isActive(token, one), 'a token that was answered is not active')
    }
    for (const token of one.unsure) {
      if (!(await client.isActive(token, one))) hold(bits(token) === 1, 'I5 revoked, and its bit is not set')
    }
    one.unsure = []
  }

  /** I8. */
  async function signOutsAreWrittenDown(): Promise<void> {
    const written = await victim.withStore((store) =>
      store.audit.list({ limit: 100_000, type: 'user.signed_out' }),
    )
    const sids = new Set(written.map(({ sessionId }) => sessionId))
    for (const { signOut, sid } of sessions) {
      if (signOut === 'done') hold(sids.has(sid), 'I8 a sign-out without its line in the audit')
    }
  }

  async function json(path: string) {
    return JSON.parse((await client.send(path)).text)
  }

  async function publishedBits({ issuer }: Victim): Promise<(token: string) => number> {
    const lists = new Map<string, Buffer>()
    for (const uri of (await json('/status-lists')).status_lists as string[]) {
      const { text } = await client.send(uri.slice(issuer.length))
      const { status_list } = claimsOf(text) as { status_list: { lst: string } }
      lists.set(uri, inflateSync(Buffer.from(status_list.lst, 'base64url')))
    }
    return (token) => {
      const { uri, idx } = placeOf(token)
      return ((lists.get(uri)?.[idx >> 3] ?? 0) >> (idx & 7)) & 1
    }
  }
}

async function allAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}
