// Owns ids and bearer handles: what travels is `id.secret`, what is stored is the id and the secret's hash.
import { hash, timingSafeEqual } from 'node:crypto'

export type Random = (bytes: number) => Buffer

/** In ASCII order, so that ids sort by plain byte order. */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const secondsLength = 6
const counterLength = 3
const tailLength = 7

const issued = { second: -1, count: 0 }

/**
 * A new row id: 16 characters of [0-9A-Za-z], ordered by second and, within one process, by call, so that
 * rows append to their index instead of scattering over it. The random tail keeps processes apart; an id
 * is not a secret.
 */
export function newId(now: number, random: Random): string {
  issued.count = issued.second === now ? issued.count + 1 : 0
  issued.second = now
  return (
    base62(now, secondsLength) +
    base62(issued.count, counterLength) +
    base62(random(6).readUIntBE(0, 6), tailLength)
  )
}

function base62(value: number, length: number): string {
  let rest = value
  let text = ''
  for (let i = 0; i < length; i++) {
    text = alphabet[rest % 62] + text
    rest = Math.floor(rest / 62)
  }
  return text
}

/** 256 random bits as 43 characters of base64url. */
export function newSecret(random: Random): string {
  return random(32).toString('base64url')
}

/** A bearer handle for the row `id`, and the hash to store in that row. */
export function newHandle(id: string, random: Random): { handle: string; hash: string } {
  const secret = newSecret(random)
  return { handle: `${id}.${secret}`, hash: hashSecret(secret) }
}

/** 43 characters hold 258 bits: the last one may only end in two zero bits, else two texts were one handle. */
const handleGrammar = /^([0-9A-Za-z]{16})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/

/** Reads `id.secret`; anything that `newHandle` cannot have written is undefined. */
export function parseHandle(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = handleGrammar.exec(text) ?? []
  return id !== undefined && secret !== undefined ? { id, secret } : undefined
}

/** SHA-256 of the secret's text, base64url. Secrets are random: a slow hash would add nothing. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** Whether `stored` is the hash of `secret`, in constant time. */
export function matchesHash(secret: string, stored: string): boolean {
  return sameText(hashSecret(secret), stored)
}

/** Equality of two texts in a time that depends on their lengths alone. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
