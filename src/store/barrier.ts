// Owns the group commit: writes of many requests share one transaction, and an answer waits for its COMMIT.
import { StoreUnavailable, sqliteFault } from './fault.js'

/** The three statements of a transaction, and whether one is open: SQLite may end one by itself. */
export type Transaction = {
  /** Waits for a lock that is held elsewhere, unless not `patient`. */
  begin(patient: boolean): void
  commit(): void
  rollback(): void
  isOpen(): boolean
}

export type Barrier = {
  /** Runs one write inside the open batch, opening it if need be. Throws faults of the store. */
  write<R>(run: () => R): R
  batch(): number
  committed(since: number): Promise<void>
  /** The number of the last batch that could not be committed; -1 if none. */
  lost(): number
  /** Commits what is open now. */
  flush(): void
  /** The failure after which nothing can be trusted until a restart, if there was one. */
  fatal(): StoreUnavailable | undefined
}

/** After these the pages in memory and on disk may differ for good: a later fsync proves nothing (F04, F06). */
const beyondRepair = /^SQLITE_(IOERR_FSYNC|IOERR_DIR_FSYNC|CORRUPT|NOTADB)/

export function createBarrier(transaction: Transaction): Barrier {
  /** The number of the batch that is open, or of the next to open. */
  let number = 1
  let open: { readonly settled: Promise<void>; readonly settle: () => void } | undefined
  let lastFailed = -1
  let failure: Error | undefined
  let fatal: StoreUnavailable | undefined
  /** While a lock is held elsewhere each attempt blocks the loop for the busy timeout: one attempt per turn. */
  let locked: Error | undefined
  /** After one wait in vain the next attempts ask and do not wait, until one succeeds. */
  let patient = true

  function enter(): void {
    if (fatal) throw fatal
    if (open) return
    if (locked) throw locked
    try {
      transaction.begin(patient)
      patient = true
    } catch (thrown) {
      patient = false
      locked = told(thrown)
      setImmediate(() => {
        locked = undefined
      })
      throw locked
    }
    let settle = () => {}
    const settled = new Promise<void>((resolve) => {
      settle = resolve
    })
    open = { settled, settle }
    setImmediate(flush)
  }

  function told(thrown: unknown): Error {
    const fault = sqliteFault(thrown)
    if (fault instanceof StoreUnavailable && beyondRepair.test(fault.message)) fatal = fault
    return fault
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
      told(thrown)
    }
    end()
  }

  function flush(): void {
    if (!open) return
    try {
      transaction.commit()
    } catch (thrown) {
      fail(told(thrown))
      return
    }
    end()
  }

  return {
    write(run) {
      enter()
      try {
        return run()
      } catch (thrown) {
        const fault = told(thrown)
        // A full disk or an I/O error ends the whole transaction, not just this statement.
        if (!transaction.isOpen()) fail(fault)
        throw fault
      }
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
    flush,
    fatal: () => fatal,
  }
}
