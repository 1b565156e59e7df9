// Group commit: writes of many requests share one transaction, and a response waits for its COMMIT.
import { isLocked, StoreUnavailable, sqliteFault } from './fault.js'

/** The three statements of a transaction, and whether one is open: SQLite may end one by itself. */
export type Transaction = {
  /** Does not wait for a lock: the whole process would stand still. */
  begin(): void
  commit(): void
  rollback(): void
  isOpen(): boolean
}

export type Barrier = {
  /**
   * Runs one write inside the open batch, opening it if need be. Throws faults of the store. While another process
   * holds the write lock the result is a promise, which rejects once the write has waited too long.
   */
  write<R>(run: () => R): R | Promise<R>
  batch(): number
  committed(since: number): Promise<void>
  /** The number of the last batch that could not be committed; -1 if none. */
  lost(): number
  /** Commits what is open now; what waits for the lock is rejected. */
  close(): void
  /** The failure after which nothing can be trusted until a restart, if there was one. */
  fatal(): StoreUnavailable | undefined
}

export type BarrierOptions = {
  /** Milliseconds that a write waits while another process holds the lock; the response comes within five seconds. */
  readonly lockWaitMs?: number
  /** Is called with each fault of a write or commit. */
  readonly onFault?: (fault: Error) => void
}

/** After these the pages in memory and on disk may differ for good: a later fsync proves nothing (F04, F06). */
const beyondRepair = /^SQLITE_(IOERR_FSYNC|IOERR_DIR_FSYNC|CORRUPT|NOTADB)/
const defaultLockWaitMs = 4000
/** Milliseconds between two attempts to get the lock. */
const lockRetryMs = 10
/** Writes that may wait for the lock at the same time; further ones are rejected at once. */
export const maxWaitingWrites = 1000

type WaitingWrite = {
  readonly deadline: number
  readonly run: () => void
  readonly reject: (why: Error) => void
}

export function createBarrier(
  transaction: Transaction,
  { lockWaitMs = defaultLockWaitMs, onFault }: BarrierOptions = {},
): Barrier {
  /** The number of the batch that is open, or of the next to open. */
  let number = 1
  let open: { readonly settled: Promise<void>; readonly settle: () => void } | undefined
  let lastFailed = -1
  let failure: Error | undefined
  let fatal: StoreUnavailable | undefined
  /** In the order in which they came, so the first has the earliest deadline. */
  const waiting: WaitingWrite[] = []
  let retry: NodeJS.Timeout | undefined

  /** Opens a batch unless one is open. False while another process holds the lock. */
  function enter(): boolean {
    if (fatal) throw fatal
    if (open) return true
    try {
      transaction.begin()
    } catch (thrown) {
      if (isLocked(thrown)) return false
      throw classified(thrown)
    }
    let settle = () => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    open = { settled, settle }
    setImmediate(flush)
    return true
  }

  function classified(thrown: unknown): Error {
    const fault = sqliteFault(thrown)
    if (fault instanceof StoreUnavailable && beyondRepair.test(fault.message)) fatal = fault
    onFault?.(fault)
    return fault
  }

  function perform<R>(run: () => R): R {
    try {
      return run()
    } catch (thrown) {
      const fault = classified(thrown)
      // A full disk or an I/O error ends the whole transaction, not just this statement.
      if (!transaction.isOpen()) fail(fault)
      throw fault
    }
  }

  function wait<R>(run: () => R): Promise<R> {
    if (waiting.length >= maxWaitingWrites) throw locked('and too many writes wait for it')
    return new Promise<R>((resolve, reject) => {
      const deadline = performance.now() + lockWaitMs
      waiting.push({ deadline, reject, run: () => resolve(perform(run)) })
      retry ??= setTimeout(retryWaiting, lockRetryMs)
    })
  }

  function retryWaiting(): void {
    retry = undefined
    try {
      while (waiting.length > 0 && enter()) {
        const next = waiting.shift()
        try {
          next?.run()
        } catch (thrown) {
          next?.reject(thrown as Error)
        }
      }
    } catch (thrown) {
      for (const { reject } of waiting.splice(0)) reject(thrown as Error)
    }
    const now = performance.now()
    while ((waiting[0]?.deadline ?? now + 1) <= now) waiting.shift()?.reject(locked('for too long'))
    if (waiting.length > 0) retry = setTimeout(retryWaiting, lockRetryMs)
  }

  function end(): void {
    const ended = open
    open = undefined
    number++
    ended?.settle()
  }

  function fail(cause: Error): void {
    lastFailed = number
    failure = cause
    try {
      if (transaction.isOpen()) transaction.rollback()
    } catch (thrown) {
      classified(thrown)
    }
    end()
  }

  function flush(): void {
    if (!open) return
    try {
      transaction.commit()
    } catch (thrown) {
      fail(classified(thrown))
      return
    }
    end()
  }

  return {
    write(run) {
      // While others wait for the lock, a write goes behind them.
      const mayEnter = open !== undefined || retry === undefined
      return mayEnter && enter() ? perform(run) : wait(run)
    },
    batch: () => number,
    lost: () => lastFailed,
    async committed(since) {
      // Also for one who only read: what was read may not be on disk yet.
      if (open) await open.settled
      if (lastFailed >= since) {
        throw new StoreUnavailable('a batch of writes could not be committed', { cause: failure })
      }
    },
    close() {
      clearTimeout(retry)
      flush()
      for (const { reject } of waiting.splice(0)) reject(locked('and the database is closed here'))
    },
    fatal: () => fatal,
  }
}

function locked(more: string): StoreUnavailable {
  return new StoreUnavailable(`SQLITE_BUSY: another process holds the write lock ${more}`)
}
