// Owns the running server: what is opened in which order, the timers, and how it ends.
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises'
import { createApp } from './app.js'
import { banner } from './cli/banner.js'
import { createDemoEntries, type DemoCredentials, demoSub, refuseDemoEntries } from './cli/demo-entries.js'
import { openDatabase, openKeys } from './cli/work.js'
import type { World } from './cli/world.js'
import { createClients } from './clients/clients.js'
import type { Config } from './config.js'
import { createPasswordHasher } from './crypto/password.js'
import type { Deps } from './deps.js'
import { removeDueFactors } from './endpoints/remove-due-factors.js'
import { createThrottle } from './http/throttle.js'
import { listen } from './listen.js'
import { createLogger } from './logging.js'
import { createLogoutCalls } from './logout-calls.js'
import { createMailer } from './mail/mailer.js'
import { createGuardedFetch } from './outbound/guarded-fetch.js'
import { systemLookup } from './outbound/lookup.js'
import { createRemoteJwks } from './outbound/remote-jwks.js'
import { createStatus } from './status/status.js'
import { StoreUnavailable } from './store/fault.js'
import type { Store } from './store/store.js'
import { createWriteCheck } from './write-check.js'

/** How long a load balancer is given to notice that this node is not ready any more. */
const noticeMs = 5000
const drainMs = 25_000
const mailMs = 5000
const sweepMs = 60_000
const sweepBatch = 500
const tickMs = 30_000
const logoutMs = 1000
const writeCheckMs = 5000
/** Seconds by which the clock may be set back and the server stay ready. */
const backwards = 60

type Timer = { stop(): Promise<void> }

/**
 * Runs the server until the world says stop; then unready first, finish what is running, close.
 * @throws Failure when it cannot start, with the way to mend it
 */
export async function serve(config: Config, world: World): Promise<void> {
  const log = await createLogger({ level: config.logLevel, pretty: config.development && world.terminal })
  const store = await openDatabase(config, { create: config.development, migrate: true })
  const passwords = createPasswordHasher()
  const { smtpUrl, mailFrom: from, development } = config
  const mail = createMailer({ smtpUrl, from, development, log })
  try {
    const state = { stopping: false }
    const { deps, demo } = await prepare({
      config,
      world,
      log,
      store: unreadyWhen(state, store, world.now),
      passwords,
      mail,
      fetch: createGuardedFetch({
        allow: config.fetchAllow,
        loopback: config.development,
        now: world.now,
        lookup: systemLookup({ readFile: (path) => readFile(path, 'utf8') }),
      }),
    })
    const following = await deps.status.follow()
    const app = createApp(deps)
    await dropStartGarbage()
    const server = await listen(config, app.fetch)
    server.prependListener('request', (_request, response) => {
      if (state.stopping) response.setHeader('Connection', 'close')
    })
    const calls = createLogoutCalls(deps)
    const timers = [
      repeat(deps, 'sweep', sweepMs, () => sweep(deps)),
      repeat(deps, 'write check', writeCheckMs, createWriteCheck(deps)),
      repeat(deps, 'keys', tickMs, () => deps.keyring.tick()),
      repeat(deps, 'logout calls', logoutMs, calls.round),
      repeat(deps, 'factor removals', sweepMs, () => removeDueFactors(deps)),
    ]
    await announce(deps, world, demo)
    const signal = await world.interrupted()
    state.stopping = true
    log.info({ signal }, 'stopping')
    if (!config.development) await sleep(noticeMs)
    deps.status.streams.end()
    await drain(server)
    await Promise.all([...timers, following].map((timer) => timer.stop()))
    await calls.stop()
    await mail.close(mailMs)
    log.info('stopped')
  } finally {
    await passwords.close()
    await store.close()
    await new Promise<void>((resolve) => log.flush(() => resolve()))
  }
}

/**
 * Loading the code leaves more behind than it keeps, and an engine that has never collected lets it and the garbage
 * of the first requests grow to several times what lives. Before anybody can wait for it.
 */
async function dropStartGarbage(): Promise<void> {
  const { Session } = await import('node:inspector/promises')
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.collectGarbage')
  session.disconnect()
}

type Parts = Pick<Deps, 'config' | 'log' | 'store' | 'passwords' | 'mail' | 'fetch'> & {
  readonly world: World
}

async function prepare({
  world,
  ...parts
}: Parts): Promise<{ deps: Deps; demo: DemoCredentials | undefined }> {
  const { config, store, passwords, log } = parts
  const { now, random } = world
  if (!config.development) await refuseDemoEntries(store)
  const firstStart = (await store.keys.all()).length === 0
  const { secrets, keyring } = await openKeys({ config, store, now, random }, log)
  await keyring.tick()
  const wanted = config.development && firstStart
  const demo = wanted ? await createDemoEntries({ store, now, random }, passwords) : undefined
  const status = createStatus({ store, keyring, secrets, config, now, log })
  const deps = {
    ...parts,
    secrets,
    keyring,
    clients: createClients({ ...parts, secrets, now, random }),
    throttle: createThrottle({ tallies: store.tallies, now, random }),
    status,
    remoteJwks: createRemoteJwks({ fetch: parts.fetch, now, log }),
    now,
    random,
  }
  return { deps, demo }
}

function unreadyWhen(state: { readonly stopping: boolean }, store: Store, now: () => number): Store {
  let latest = now()
  const ready = async () => {
    if (state.stopping) throw new StoreUnavailable('the server is stopping')
    latest = Math.max(latest, now())
    // What has just been written would lie in the future, where nobody believes it (F08).
    if (now() < latest - backwards)
      throw new StoreUnavailable('the clock has gone back by more than a minute')
    await store.ready()
  }
  return { ...store, ready }
}

async function announce(deps: Deps, world: World, made: DemoCredentials | undefined): Promise<void> {
  const { config, log, store } = deps
  const { issuer, host, port } = config
  if (config.development && world.terminal) {
    const there = (await store.users.find(demoSub)) !== undefined
    const demo = made ?? (there ? 'shown before' : 'removed')
    world.out(banner({ config, version: world.version, demo }))
  }
  log.info({ issuer, host, port, version: world.version }, 'ready')
  if (made !== undefined && !world.terminal) {
    log.info(
      { user: 'demo', clients: Object.keys(made.secrets) },
      'demo entries made; choose credentials with: grantor user set-password, grantor client rotate-secret',
    )
  }
  const url = new URL(issuer)
  if (config.development && port !== Number(url.port || (url.protocol === 'https:' ? 443 : 80))) {
    log.warn({ issuer, port }, 'GRANTOR_ISSUER names another port than GRANTOR_PORT; apps will look there')
  }
}

/**
 * Runs `work` again and again, less often while it fails; the jitter keeps several nodes from doing it at the same
 * moment.
 */
function repeat({ random, log }: Deps, name: string, ms: number, work: () => Promise<void>): Timer {
  const state = { stopped: false, running: Promise.resolve() }
  let timeout: NodeJS.Timeout
  const plan = (pause: number) => {
    if (state.stopped) return
    timeout = setTimeout(
      () => {
        state.running = work()
          .then(() => ms)
          .catch((err: unknown) => {
            log.error({ err, timer: name }, 'a timer failed')
            return Math.max(ms, tickMs)
          })
          .then(plan)
      },
      pause * (0.8 + (0.4 * random(1).readUInt8()) / 255),
    )
    timeout.unref()
  }
  plan(ms)
  return {
    stop: () => {
      state.stopped = true
      clearTimeout(timeout)
      return state.running
    },
  }
}

/** In small batches, each in its own turn of the loop, so that nobody waits for a sweep. */
async function sweep({ store, now, log }: Deps): Promise<void> {
  let gone = 0
  for (;;) {
    const since = store.batch()
    const count = await store.sweep(now(), sweepBatch)
    await store.committed(since)
    gone += count
    if (count < sweepBatch) break
    await breathe()
  }
  if (gone > 0) log.debug({ rows: gone }, 'swept')
}

/** Lets what is running finish; connections without a request are closed as they fall idle. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const last = setTimeout(() => server.closeAllConnections(), drainMs)
  await closed
  clearInterval(idle)
  clearTimeout(last)
}
