// Owns how a person is named on the command line.
import { canonicalIdentifier, type User } from '../protocol/user.js'
import { Failure } from './verb.js'
import type { Work } from './work.js'

/**
 * By sub, username or e-mail address.
 * @throws Failure when there is no such person
 */
export async function findUser({ store }: Pick<Work, 'store'>, who: string): Promise<User> {
  const user = (await store.users.find(who)) ?? (await store.users.findByIdentifier(canonicalIdentifier(who)))
  if (user === undefined) throw new Failure(`There is no user ${who}.`)
  return user
}
