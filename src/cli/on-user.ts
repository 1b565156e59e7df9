// Owns verbs on one person, and ending all that they are signed in to.
import type { User } from '../protocol/user.js'
import { findUser } from './find-user.js'
import type { Outcome, Verb } from './verb.js'
import { type Work, withStore } from './work.js'

/** A verb on one person, named by sub, username or e-mail address. */
export function onUser(
  name: string,
  about: string,
  act: (user: User, work: Work) => Promise<Outcome>,
): Verb<Record<string, never>> {
  return {
    usage: `${name} <user>`,
    about,
    example: `npx grantor user ${name} ada`,
    run: (world, _options, who) =>
      withStore(world, async (work) => act(await findUser(work, who as string), work)),
  }
}

/**
 * Grants go first: should this break off, the sessions are still there to be found again. What was bound to them
 * meanwhile goes last.
 */
export async function endSessions({ store, now }: Work, sub: string): Promise<number> {
  const revokeBound = () => store.grants.revokeByOtherSessions(sub, undefined, now(), 'signed out')
  await revokeBound()
  const ended = await store.sessions.endByUser(sub, now())
  await revokeBound()
  return ended.length
}
