// Owns jobs in a process of their own: what measuring costs must not count as the server's.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

/** Starts a script of this folder; what comes back hands it its one job, and rejects if the script fails. */
export async function inProcess<Job extends object, Result>(
  script: string,
): Promise<(job: Job) => Promise<Result>> {
  const child = fork(path.join(import.meta.dirname, script), { execArgv: ['--import', 'tsx'] })
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${script} ended before it was done`)
  })
  const message = () => Promise.race([once(child, 'message'), ended])
  await message()
  return async (job) => {
    child.send(job)
    const [result] = await message()
    child.disconnect()
    return result
  }
}

/** The other end: says that it is there, takes one job, hands one result out. */
export function takeJob<Job, Result>(run: (job: Job) => Promise<Result>): void {
  process.send?.('ready')
  process.on('message', async (job: Job) => {
    process.send?.(await run(job))
  })
}
