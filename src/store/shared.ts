// Owns one question that many share, each of whom must hear what was so after they asked.

/**
 * Answers each asker with a run of `ask` that began after they asked: all that came meanwhile share the next one. One
 * is under way at a time; whoever waits behind one that fails hears of it, too, and does not wait to fail again.
 */
export function shared<R>(ask: () => Promise<R>): () => Promise<R> {
  let underWay: Promise<R> | undefined
  let next: Promise<R> | undefined

  async function run(): Promise<R> {
    try {
      // Whoever asks in this turn of the loop comes along.
      await (underWay ?? new Promise(setImmediate))
    } finally {
      next = undefined
    }
    underWay = ask()
    const done = () => {
      underWay = undefined
    }
    underWay.then(done, done)
    return underWay
  }

  return () => {
    next ??= run()
    return next
  }
}
