// Owns the judgement of one-time codes: of an app, or one kept for the day the app is lost (SE11).
import { hashRecoveryCode } from '../crypto/recovery-code.js'
import { decodeBase64url, unseal } from '../crypto/seal.js'
import { matchTotp } from '../crypto/totp.js'
import type { Deps } from '../deps.js'
import type { User } from '../protocol/user.js'
import type { Browser } from './browser.js'
import { totpContext } from './enrolment.js'
import { throttleKey } from './password.js'

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

/** Each code works once, and guesses count together with those at the password. */
export async function judgeCode(deps: Deps, attempt: CodeAttempt): Promise<CodeVerdict> {
  const { user, method, code, address, browser } = attempt
  if (code === undefined) return { kind: 'missing' }
  const key = await throttleKey(deps, user.username, user, browser)
  const ticket = await deps.throttle.attempt(key, address)
  if (!ticket.allowed) return { kind: 'throttled', retryAfter: ticket.retryAfter }
  const right =
    method === 'totp' ? await useTotp(deps, user.sub, code) : await useRecovery(deps, user.sub, code)
  if (right) await ticket.succeeded()
  return { kind: right ? 'right' : 'wrong' }
}

async function useTotp({ store, secrets, now }: Deps, sub: string, code: string): Promise<boolean> {
  const totp = await store.totps.find(sub)
  const sealed = totp && decodeBase64url(totp.sealed)
  const secret = sealed && unseal(secrets.totp, totpContext(sub), sealed)
  const step = secret && matchTotp(secret, code, now())
  return step !== undefined && store.totps.use(sub, step)
}

async function useRecovery({ store, secrets }: Deps, sub: string, text: string): Promise<boolean> {
  const hash = hashRecoveryCode(secrets.recovery, sub, text)
  return hash !== undefined && store.recoveryCodes.use(sub, hash)
}
