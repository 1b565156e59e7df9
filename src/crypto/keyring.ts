// Owns the signing keys of a running server: which one signs, which are published, and when they change.
import type { KeyObject } from 'node:crypto'
import type { Logger } from 'pino'
import { type SigningAlg, signingAlgs } from '../protocol/client.js'
import type { Random } from './handle.js'
import type { Signer } from './jws.js'
import { generateSigningKey, sealSigningKey, signingKey } from './key-pair.js'
import {
  dueSteps,
  goneAt,
  type KeyPolicy,
  type KeyRow,
  type KeyState,
  type Step,
  signsFrom,
} from './key-schedule.js'
import { createKeyReader, KeyringError, type PublishedKey } from './published-keys.js'
import type { Secrets } from './secrets.js'

/**
 * What the keyring needs of the store: writes that are committed when they resolve, and say whether this
 * call made the change. An insert makes none when the algorithm has a key in that state.
 */
export type KeyStore = {
  readonly keys: {
    all(): Promise<KeyRow[]>
    insertPending(row: KeyRow): Promise<boolean>
    insertActive(row: KeyRow): Promise<boolean>
    transition(kid: string, from: KeyState, to: KeyState, at: number): Promise<boolean>
    remove(kid: string): Promise<boolean>
  }
}

/** A key as shown to administrators: no private part. `signsFrom` and `goneAt` are what the schedule intends. */
export type KeySummary = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly state: KeyState
  readonly createdAt: number
  readonly signsFrom: number
  readonly retiredAt?: number | undefined
  readonly goneAt?: number | undefined
}

export type Keyring = {
  /** The signer of the active key of an algorithm. */
  signer(alg: SigningAlg): Promise<Signer>
  /** The JWK Set (RFC 7517 5) of every published key, public members only, with its entity tag. */
  jwks(): Promise<{ body: string; etag: string }>
  /** The public key of a published key of ours with exactly this id and algorithm. */
  verificationKey(kid: string, alg: string): Promise<KeyObject | undefined>
  /**
   * Publishes a successor now, which signs after the publication lead; of the algorithm named, else of all.
   * A pending one is kept. `immediately` is for a key that has leaked: the successor signs at once and every
   * older key of the algorithm is dropped, so that tokens signed with it are refused.
   */
  rotate(alg?: SigningAlg, options?: { immediately?: boolean }): Promise<KeySummary[]>
  /** Takes every step of the schedule that is due: pending, active, retired, gone. */
  tick(): Promise<void>
  list(): Promise<KeySummary[]>
}

export type KeyringOptions = {
  readonly store: KeyStore
  readonly secrets: Secrets
  readonly config: KeyPolicy
  readonly now: () => number
  readonly random: Random
  readonly log: Pick<Logger, 'info'>
  /** How a private key is made; tests give known ones. */
  readonly generate?: (alg: SigningAlg) => Promise<KeyObject>
}

/**
 * Opens the keys of the store, or at the very first start makes one active key per algorithm. Throws
 * KeyringError when the master key does not open them: a new key is never made in place of one that is there.
 */
export async function createKeyring(options: KeyringOptions): Promise<Keyring> {
  const { store, secrets, config, now, random, log, generate = generateSigningKey } = options
  const reader = createKeyReader(options)
  const publishing = new Map<SigningAlg, Promise<void>>()
  let ticking: Promise<void> | undefined

  function changed(done: boolean, alg: SigningAlg, kid: string, message: string): void {
    reader.forget()
    if (done) log.info({ kid, alg }, message)
  }

  async function create(alg: SigningAlg, state: 'active' | 'pending'): Promise<void> {
    const key = signingKey(alg, await generate(alg))
    const { kid, publicJwk } = key
    const at = now()
    const common = { kid, alg, sealed: sealSigningKey(secrets, key, random), publicJwk, createdAt: at }
    const won =
      state === 'active'
        ? await store.keys.insertActive({ ...common, state, activatedAt: at })
        : await store.keys.insertPending({ ...common, state })
    changed(won, alg, kid, `signing key created, ${state}`)
  }

  /** One at a time per algorithm: RSA keys are dear, and only one may be pending. */
  function publish(alg: SigningAlg): Promise<void> {
    const running = publishing.get(alg)
    if (running) return running
    const job = (async () => {
      const { rows } = await reader.read()
      const there = rows.some((row) => row.alg === alg && row.state === 'pending')
      if (!there) await create(alg, 'pending')
    })().finally(() => publishing.delete(alg))
    publishing.set(alg, job)
    return job
  }

  /** Old keys go before the new one comes: a crash in between leaves no leaked key behind. */
  async function replace(alg: SigningAlg): Promise<void> {
    const { rows } = await reader.read()
    for (const { kid } of rows.filter((row) => row.alg === alg)) await take({ do: 'remove', kid, alg })
    await create(alg, 'active')
  }

  async function take(step: Step): Promise<void> {
    if (step.do === 'create') return step.state === 'pending' ? publish(step.alg) : create(step.alg, 'active')
    const { kid, alg } = step
    if (step.do === 'remove') return changed(await store.keys.remove(kid), alg, kid, 'signing key gone')
    const [from, to] =
      step.do === 'retire' ? (['active', 'retired'] as const) : (['pending', 'active'] as const)
    changed(await store.keys.transition(kid, from, to, now()), alg, kid, `signing key now ${to}`)
  }

  async function takeDueSteps(): Promise<void> {
    const { rows } = await reader.read()
    const steps = dueSteps(rows, config, now())
    await Promise.all(steps.filter((step) => step.do === 'create').map(take))
    for (const step of steps.filter((step) => step.do !== 'create')) await take(step)
  }

  function tick(): Promise<void> {
    ticking ??= takeDueSteps().finally(() => {
      ticking = undefined
    })
    return ticking
  }

  async function activeKey(alg: SigningAlg): Promise<PublishedKey | undefined> {
    const { keys } = await reader.current()
    return keys.find(({ row }) => row.alg === alg && row.state === 'active')
  }

  async function list(): Promise<KeySummary[]> {
    const { keys } = await reader.current()
    return keys.map(({ row }) => ({
      kid: row.kid,
      alg: row.alg,
      state: row.state,
      createdAt: row.createdAt,
      signsFrom: signsFrom(row, config),
      retiredAt: row.retiredAt,
      goneAt: goneAt(row, config),
    }))
  }

  await tick()
  return {
    tick,
    list,
    signer: async (alg) => {
      // Between another node's two steps of a rotation no key is active; taking the second step is harmless.
      const active = (await activeKey(alg)) ?? (await tick().then(() => activeKey(alg)))
      if (!active) throw new KeyringError(`no active signing key for ${alg}`)
      return active.signer
    },
    jwks: async () => (await reader.current()).jwks,
    verificationKey: async (kid, alg) => {
      const { keys } = await reader.current()
      return keys.find(({ key }) => key.kid === kid && key.alg === alg)?.key.publicKey
    },
    rotate: async (alg, { immediately = false } = {}) => {
      const algs = alg ? [alg] : signingAlgs
      await Promise.all(algs.map(immediately ? replace : publish))
      const wanted: KeyState = immediately ? 'active' : 'pending'
      return (await list()).filter((key) => key.state === wanted && algs.includes(key.alg))
    },
  }
}
