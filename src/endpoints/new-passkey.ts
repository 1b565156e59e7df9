// Owns adding a passkey to an account, wherever it is offered.
import type { Context } from 'hono'
import type { Deps } from '../deps.js'
import { describeUserAgent } from '../http/user-agent.js'
import { toDisplayText } from '../protocol/display-text.js'
import type { User } from '../protocol/user.js'
import type { Audit } from './audit.js'
import { tellChange } from './notify.js'
import { mostPasskeys, type Occasion, readRegistration } from './passkey.js'

const longestName = 60

export type Added = 'added' | 'refused' | 'known' | 'too_many'

/** @param passkey what the browser answered, and what the person calls it; else it is called by browser and system */
export async function addPasskey(
  c: Context,
  deps: Deps,
  audit: Audit,
  user: User,
  occasion: Occasion,
  { text, name }: { text: string | undefined; name: string | undefined },
): Promise<Added> {
  const { store, now } = deps
  const made = await readRegistration(deps, occasion, text)
  if (!made) return 'refused'
  if ((await store.passkeys.listByUser(user.sub)).length >= mostPasskeys) return 'too_many'
  const created = await store.passkeys.create({
    ...made,
    sub: user.sub,
    name: passkeyName(name) ?? defaultName(c),
    createdAt: now(),
  })
  if (!created) return 'known'
  await audit(c, { type: 'user.passkey_added', sub: user.sub })
  tellChange(c, deps, user, 'passkey_added')
  return 'added'
}

/** What a person typed as a name, in one line; undefined where that is nothing. */
export function passkeyName(text: string | undefined): string | undefined {
  const name = toDisplayText(text ?? '')
  return name === '' ? undefined : Array.from(name).slice(0, longestName).join('')
}

function defaultName(c: Context): string {
  const { browser, system } = describeUserAgent(c.req.header('user-agent'))
  return [browser, system].filter(Boolean).join(', ') || 'Passkey'
}
