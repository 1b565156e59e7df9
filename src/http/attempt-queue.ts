// Queues of attempts, per key, that wait until the attempts before them have been judged.

export type AttemptQueue = {
  /**
   * Runs `attempt` until it returns something else than `wait`: at once, then each time an attempt at this key has
   * been judged, first come first served. Undefined if too many wait already or it takes too long.
   */
  run<T>(key: string, attempt: () => Promise<T | 'wait'>): Promise<T | undefined>
  /** An attempt at this key has been judged. */
  judged(key: string): void
}

export type AttemptQueueOptions = {
  /** Attempts that may wait at one key. */
  readonly maxPerKey?: number
  /** Attempts that may wait in all. */
  readonly max?: number
  readonly timeoutMs?: number
  /** How often the first in a queue looks again by itself: other nodes judge, too. */
  readonly pollIntervalMs?: number
}

type Waiter = { wake: () => void }

/** Strangers cause the waiting, so all of it is bounded: per key, in all, and in time. */
export function createAttemptQueue({
  maxPerKey = 100,
  max = 1000,
  timeoutMs = 10_000,
  pollIntervalMs = 50,
}: AttemptQueueOptions = {}): AttemptQueue {
  const queues = new Map<string, Waiter[]>()
  let waiting = 0

  function enter(key: string): { waiter: Waiter; queue: Waiter[] } {
    const queue = queues.get(key) ?? []
    const waiter = { wake: () => {} }
    queue.push(waiter)
    queues.set(key, queue)
    waiting += 1
    return { waiter, queue }
  }

  function leave(key: string, queue: Waiter[], waiter: Waiter): void {
    queue.splice(queue.indexOf(waiter), 1)
    waiting -= 1
    if (queue.length === 0) queues.delete(key)
    else queue[0]?.wake()
  }

  async function wait<T>(key: string, attempt: () => Promise<T | 'wait'>): Promise<T | undefined> {
    const { waiter, queue } = enter(key)
    let expired = false
    const timeout = setTimeout(() => {
      expired = true
      waiter.wake()
    }, timeoutMs)
    try {
      while (!expired) {
        await new Promise<void>((resolve) => {
          const poll = queue[0] === waiter ? setTimeout(resolve, pollIntervalMs) : undefined
          waiter.wake = () => {
            clearTimeout(poll)
            resolve()
          }
        })
        if (queue[0] !== waiter) continue
        const result = await attempt()
        if (result !== 'wait') return result
      }
      return undefined
    } finally {
      clearTimeout(timeout)
      leave(key, queue, waiter)
    }
  }

  return {
    async run(key, attempt) {
      const length = queues.get(key)?.length ?? 0
      if (length === 0) {
        const result = await attempt()
        if (result !== 'wait') return result
      }
      if (waiting >= max || (queues.get(key)?.length ?? 0) >= maxPerKey) return undefined
      return wait(key, attempt)
    },
    judged: (key) => queues.get(key)?.[0]?.wake(),
  }
}
