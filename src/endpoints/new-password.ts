// Owns taking a new password: whether it may be one, and its hash.
import type { Deps } from '../deps.js'
import { OAuthError } from '../protocol/error.js'
import { checkPassword } from '../protocol/password.js'
import { product } from '../protocol/product.js'
import type { User } from '../protocol/user.js'

export type PasswordFault = 'missing' | 'too_short' | 'too_long' | 'common' | 'personal' | 'busy'

export async function choosePassword(
  { config, passwords }: Pick<Deps, 'config' | 'passwords'>,
  about: Pick<User, 'username' | 'email'> & { readonly claims?: User['claims'] },
  password: string | undefined,
): Promise<{ readonly hash: string } | { readonly fault: PasswordFault }> {
  if (password === undefined) return { fault: 'missing' }
  const { username, email, claims } = about
  const fault = checkPassword(password, {
    username,
    email,
    name: claims?.name,
    product,
    host: new URL(config.issuer).hostname,
  })
  if (fault) return { fault }
  try {
    return { hash: await passwords.hash(password) }
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'temporarily_unavailable') return { fault: 'busy' }
    throw error
  }
}
