// Owns who is signed in at which server: every sign-in happens once, and later authorization requests ask nothing.
import { signIn } from './browser.js'
import { authorizeUrl, type Errand, type Session } from './prepare.js'
import { type Api, apis, type Contestant, people, user } from './scenario.js'

const openid = 'openid profile email'
/** Signing in at once while preparing: few enough for the throttle of one address. */
const lanes = 8

const sessions = new WeakMap<Contestant, Map<string, Promise<Session>>>()
const crowds = new WeakMap<Contestant, Promise<Session[]>>()

/** The one user at a client, asking for an API or none. */
export function signedIn(server: Contestant, client: string, api?: Api): Promise<Session> {
  const known = sessions.get(server) ?? new Map<string, Promise<Session>>()
  sessions.set(server, known)
  const key = `${client} ${api?.identifier}`
  const session = known.get(key) ?? begin(server, errandOf(client, api), user.username)
  known.set(key, session)
  return session
}

/** What everybody asks for: an ID token, and a token for the API with ES256. */
export const everyonesErrand = ({ clients }: Contestant) => errandOf(clients.web.id, apis.es256)

/** All people, each signed in in a browser of their own, with their consent to `everyonesErrand` remembered. */
export function everybody(server: Contestant): Promise<Session[]> {
  const crowd = crowds.get(server) ?? gather(server)
  crowds.set(server, crowd)
  return crowd
}

async function gather(server: Contestant): Promise<Session[]> {
  const waiting = people.map(({ username }) => username)
  const crowd: Session[] = []
  const lane = async () => {
    for (let username = waiting.pop(); username !== undefined; username = waiting.pop()) {
      crowd.push(await begin(server, everyonesErrand(server), username))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return crowd
}

function errandOf(client: string, api?: Api): Errand {
  return { client, scope: api ? `${openid} ${api.scope}` : openid, resource: api?.identifier }
}

async function begin(server: Contestant, errand: Errand, username: string): Promise<Session> {
  const { cookie } = await signIn(authorizeUrl(server, errand, username), username)
  return { ...errand, cookie }
}
