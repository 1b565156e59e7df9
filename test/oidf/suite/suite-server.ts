// Runs the built suite with its database in memory, behind TLS on the ports 8443 and 8444.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort } from '../../bench/server-process.js'
import type { Certificates, TrustingFetch } from './certificates.js'
import { type BuiltSuite, javaProgram } from './source.js'
import { startTlsProxy } from './tls-proxy.js'

export const suiteHost = 'suite.localhost'
export const suiteUrl = `https://${suiteHost}:8443`

type Options = {
  built: BuiltSuite
  work: string
  names: string[]
  certificates: Certificates
  fetch: TrustingFetch
}

/** Resolves when the suite is ready, to what stops it. */
export async function startSuite(options: Options): Promise<() => void> {
  const { built, work, names, certificates, fetch } = options
  const [databasePort, port] = [await freePort(), await freePort()]
  const hosts = path.join(work, 'hosts')
  writeFileSync(hosts, `127.0.0.1 localhost ${names.join(' ')}\n`)
  const java = (name: string, args: string[]) =>
    startProcess(javaProgram('java'), args, path.join(work, `${name}.log`))
  const database = java('mongo', [
    '-Xmx512m',
    '-cp',
    built.mongoClasspath,
    built.mongoSource,
    String(databasePort),
  ])
  const suite = java('suite', [
    '-Xmx1g',
    '-Djdk.tls.maxHandshakeMessageSize=65536',
    // The names under test exist for this process alone.
    `-Djdk.net.hosts.file=${hosts}`,
    '-jar',
    built.suiteJar,
    '--spring.profiles.active=dev',
    '--server.address=127.0.0.1',
    `--server.port=${port}`,
    `--spring.mongodb.uri=mongodb://127.0.0.1:${databasePort}/test_suite`,
    // The stand-in cannot change the version of its features.
    '--openid.mongodb.targetFeatureCompatibilityVersion=',
    `--fintechlabs.base_url=${suiteUrl}`,
    `--fintechlabs.base_mtls_url=https://${suiteHost}:8444`,
  ])
  const proxies = [
    await startTlsProxy({ listen: 8443, target: port, certificates }),
    await startTlsProxy({ listen: 8444, target: port, certificates, clientCertificates: true }),
  ]
  const stop = () => {
    for (const close of proxies) close()
    suite.kill()
    database.kill()
  }
  try {
    await untilReady(`${suiteUrl}/api/server`, fetch, [suite, database])
  } catch (error) {
    stop()
    throw new Error(`the suite did not start; see ${work}/suite.log and mongo.log`, { cause: error })
  }
  return stop
}

/** A process of the run's own, which ends with it. */
export function startProcess(
  program: string,
  args: string[],
  logFile: string,
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  const log = openSync(logFile, 'w')
  const child = spawn(program, args, { env, stdio: ['ignore', log, log] })
  process.once('exit', () => child.kill())
  return child
}

/** Resolves when the address answers 200. */
export async function untilReady(
  url: string,
  fetch: TrustingFetch,
  processes: ChildProcess[],
  seconds = 300,
) {
  const deadline = Date.now() + seconds * 1000
  while (Date.now() < deadline) {
    if (processes.some(({ exitCode }) => exitCode !== null)) throw new Error('a process has ended')
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`${url} did not answer within ${seconds} s`)
}
