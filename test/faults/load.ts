// Owns the mixed load: lanes of a client that do what clients do, until the server does not answer any more.
import type { Client, Connection, Service, Session } from './client.js'

/** Everything a lane did; nobody else touches its connections, so it knows what to expect of them. */
export type Lane = {
  readonly sessions: Session[]
  readonly connections: Connection[]
  readonly service: Service
}

const lasting = ({ end, session, bound }: Connection) =>
  end === 'not asked' && !(bound && session.signOut !== 'not asked')

/** Goes on until it is `done` or a request is not answered; answers how many were, and what went wrong while the server was not `gone`. */
export async function drive(
  client: Client,
  lane: Lane,
  { gone, chance, done = () => false }: { gone: () => boolean; chance: () => number; done?: () => boolean },
): Promise<{ requests: number; fault?: Error }> {
  let requests = 0
  const one = <T>(list: T[]): T | undefined => list[Math.floor(chance() * list.length)]
  const step = async () => {
    const signedIn = lane.sessions.filter(({ signOut }) => signOut === 'not asked')
    const open = lane.connections.filter(lasting)
    const running = open.filter(({ exchange, refreshing }) => exchange === 'done' && !refreshing)
    const [session, connection] = [one(signedIn), one(running)]
    const dice = chance()
    if (dice < 0.2 && session) lane.connections.push(await client.begin(session, chance() < 0.5))
    else if (dice < 0.4) {
      const waiting = open.find(({ exchange }) => exchange === 'not asked')
      if (waiting) await client.redeem(waiting)
    } else if (dice < 0.65 && connection) await client.rotate(connection)
    else if (dice < 0.72 && connection) await client.revoke(connection)
    else if (dice < 0.76 && connection) await client.steal(connection)
    else if (dice < 0.79 && connection?.session.signOut === 'not asked' && connection.idToken !== '') {
      await client.signOut(connection)
    } else if (dice < 0.82) await client.withdraw(lane.service)
    else await client.serve(lane.service)
  }
  while (!done()) {
    try {
      await step()
      requests += 1
    } catch (error) {
      if (gone()) return { requests }
      return { requests, fault: error as Error }
    }
  }
  return { requests }
}
