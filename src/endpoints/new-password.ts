// Owns taking a new password: whether it may be one, and its hash.
import type { Deps } from '../deps.js'
import { OAuthError } from '../protocol/error.js'
import { checkPassword, type PasswordRefusal } from '../protocol/password.js'
import { product } from '../protocol/product.js'
import type { User } from '../protocol/user.js'

export type PasswordFault = 'missing' | 'busy' | PasswordRefusal

export async function choosePassword(
  { config, passwords }: Pick<Deps, 'config' | 'passwords'>,
  about: Pick<User, 'username' | 'email'> & { readonly claims?: User['claims'] },
  password: string | undefined,
): Promise<{ readonly hash: string } | { readonly fault: PasswordFault }> {
  if (password === undefined) return { fault: 'missing' }
  const { username, email, claims } = about
  const host = new URL(config.issuer).hostname
  const person = { username, email, name: claims?.name, product, host }
  const checked = checkPassword(password, person, config.passwordMin)
  if ('refusal' in checked) return { fault: checked.refusal }
  try {
    return { hash: await passwords.hash(checked.password) }
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'temporarily_unavailable') return { fault: 'busy' }
    throw error
  }
}
