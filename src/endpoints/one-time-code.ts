// Owns the judgement of one-time codes: of an app, or one kept for the day the app is lost (SE11).
import { hashRecoveryCode } from '../crypto/recovery-code.js'
import { decodeBase64url, unseal } from '../crypto/seal.js'
import { matchTotp } from '../crypto/totp.js'
import type { Deps } from '../deps.js'
import type { User } from '../protocol/user.js'
import type { Totp } from '../store/store.js'
import type { Browser } from './browser.js'
import { totpContext } from './enrolment.js'
import { attemptKey } from './password.js'

export type CodeMethod = 'totp' | 'recovery'

export type CodeVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' | 'missing' }
  | { readonly kind: 'throttled' /** Seconds. */; readonly retryAfter: number }

export type CodeAttempt = {
  readonly user: User
  readonly method: CodeMethod
  readonly code: string | undefined
  /** As addressKey gives it. */
  readonly address: string
  readonly browser: Browser
}

/**
 * Each code works once. Attempts count by account since its app was set up: a new password must not open what guessing
 * has closed.
 */
export async function judgeCode(deps: Deps, attempt: CodeAttempt): Promise<CodeVerdict> {
  const { user, method, code, address, browser } = attempt
  if (code === undefined) return { kind: 'missing' }
  const totp = await deps.store.totps.find(user.sub)
  const account = `codes ${user.sub} ${totp?.createdAt}`
  const key = await attemptKey(deps, account, user, browser)
  const attempted = await deps.throttle.attempt(key, address, async () => {
    const right =
      method === 'totp' ? await useTotp(deps, totp, code) : await useRecovery(deps, user.sub, code)
    return { outcome: right ? 'right' : 'wrong', value: right }
  })
  if (!attempted.allowed) return { kind: 'throttled', retryAfter: attempted.retryAfter }
  return { kind: attempted.value ? 'right' : 'wrong' }
}

async function useTotp(
  { store, secrets, now }: Deps,
  totp: Totp | undefined,
  code: string,
): Promise<boolean> {
  if (!totp) return false
  const sealed = decodeBase64url(totp.sealed)
  const secret = sealed && unseal(secrets.totp, totpContext(totp.sub), sealed)
  const step = secret && matchTotp(secret, code, now())
  return step !== undefined && store.totps.use(totp.sub, step)
}

async function useRecovery({ store, secrets }: Deps, sub: string, text: string): Promise<boolean> {
  const hash = hashRecoveryCode(secrets.recovery, sub, text)
  return hash !== undefined && store.recoveryCodes.use(sub, hash)
}
