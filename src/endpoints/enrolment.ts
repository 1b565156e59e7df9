// Owns setting up an app for one-time codes (RFC 6238): nothing is kept until a first code has proven it works.
import { renderSVG } from 'uqr'
import { newId } from '../crypto/handle.js'
import { hashRecoveryCode, newRecoveryCodes } from '../crypto/recovery-code.js'
import { decodeBase64url, seal, unseal } from '../crypto/seal.js'
import { matchTotp, newTotpSecret, totpText, totpUri } from '../crypto/totp.js'
import type { Deps } from '../deps.js'
import { product } from '../protocol/product.js'
import type { User } from '../protocol/user.js'
import type { Totp } from '../store/store.js'

export type Enrolment = {
  /** The sealed secret, for the form to bring back. */
  readonly setup: string
  /** The otpauth URI as SVG. */
  readonly qr: string
  readonly secretText: string
}

/** Seconds for which a set-up that was begun can be finished. */
const usableFor = 1800
const timeLength = 6

export function newEnrolment(deps: Deps, user: User): Enrolment {
  return shownEnrolment(deps, user, newTotpSecret(deps.random), deps.now() + usableFor)
}

/** The same set-up again, after a wrong code; a new one where it has run out or is not this person's. */
export function sameEnrolment(deps: Deps, user: User, setup: string | undefined): Enrolment {
  const begun = readSetup(deps, user, setup)
  return begun ? shownEnrolment(deps, user, begun.secret, begun.expiresAt) : newEnrolment(deps, user)
}

function shownEnrolment(deps: Deps, user: User, secret: Buffer, expiresAt: number): Enrolment {
  const time = Buffer.alloc(timeLength)
  time.writeUIntBE(expiresAt, 0, timeLength)
  const sealed = seal(deps.secrets.totp, setupContext(user), Buffer.concat([time, secret]), deps.random)
  const uri = totpUri({ secret, product, account: user.username })
  return { setup: sealed.toString('base64url'), qr: renderSVG(uri), secretText: totpText(secret) }
}

function readSetup(deps: Deps, user: User, setup = ''): { secret: Buffer; expiresAt: number } | undefined {
  const bytes = setup.length > 512 ? undefined : decodeBase64url(setup)
  const plain = bytes && unseal(deps.secrets.totp, setupContext(user), bytes)
  if (!plain) return undefined
  const expiresAt = plain.readUIntBE(0, timeLength)
  return deps.now() < expiresAt ? { secret: plain.subarray(timeLength), expiresAt } : undefined
}

/** Bound to what the account was when it began: a set-up does not outlive a change of password. */
function setupContext({ sub, updatedAt }: User): string {
  return `setup ${sub} ${updatedAt}`
}

/**
 * Finishes the set-up with a first code of the app. Answers the recovery codes, which are shown once; undefined if
 * the code is wrong, the set-up has run out, or another app is there meanwhile.
 */
export async function enrol(
  deps: Deps,
  user: User,
  { setup, code }: { setup: string | undefined; code: string | undefined },
): Promise<string[] | undefined> {
  const { store, secrets, random, now } = deps
  const begun = readSetup(deps, user, setup)
  const step = begun && matchTotp(begun.secret, code ?? '', now())
  if (!begun || step === undefined) return undefined
  const sealed = seal(secrets.totp, totpContext(user.sub), begun.secret, random).toString('base64url')
  const codeSet = newId(now(), random)
  const totp = { sub: user.sub, sealed, lastStep: step, codeSet, createdAt: now() }
  if (!(await store.totps.put(totp))) return undefined
  return makeRecoveryCodes(deps, user.sub, codeSet)
}

/**
 * New recovery codes in the place of those of before; they are shown once. Undefined if others have taken that place
 * meanwhile: whoever is shown codes must be able to rely on them.
 */
export async function renewRecoveryCodes(deps: Deps, { sub, codeSet }: Totp): Promise<string[] | undefined> {
  const next = newId(deps.now(), deps.random)
  const renewed = await deps.store.totps.renewCodes(sub, codeSet, next)
  return renewed ? makeRecoveryCodes(deps, sub, next) : undefined
}

async function makeRecoveryCodes(
  { store, secrets, random, now }: Deps,
  sub: string,
  codeSet: string,
): Promise<string[]> {
  const codes = newRecoveryCodes(random)
  const hashes = codes.flatMap((code) => hashRecoveryCode(secrets.recovery, sub, code) ?? [])
  await store.recoveryCodes.add(sub, codeSet, hashes, now())
  return codes
}

/** What the sealed secret of a person is bound to. */
export function totpContext(sub: string): string {
  return `totp ${sub}`
}
