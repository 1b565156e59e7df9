// `test/oidf/suite/run`: fetches and starts the conformance suite, runs plans against Grantor, prints the tables.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createCertificates, trustingFetch } from './certificates.js'
import { createClients } from './clients.js'
import { configurationOf } from './configuration.js'
import { account, api, apiHost, type GrantorUnderTest, issuer, issuerHost, startGrantor } from './grantor.js'
import { type Plan, plans, requiredPlans } from './plans.js'
import { countsOf, explanation, hasFailed, markdownTable } from './report.js'
import { buildSuite, suiteSource } from './source.js'
import { type ModuleResult, type SuiteApi, suiteApi } from './suite-api.js'
import { startSuite, suiteHost, suiteUrl } from './suite-server.js'

const usage = `test/oidf/suite/run [options] PLAN...
  PLAN                 ${plans.map(({ name }) => name).join(' ')}
                       or "required": all but dynamic
  --own-tls            Grantor serves TLS itself, without a proxy before it
  --only A,B           only these modules
  --parallel N         so many plans at the same time; default 1
  --work FOLDER        sources, builds, logs and results; default ${path.join(tmpdir(), 'grantor-oidf')}
  --source GIT         where to fetch the suite; default ${suiteSource}
  --explain PLAN/MODULE  show what failed in the log of an earlier run; with --all its HTTP exchanges too
Ends with 1 when a module has failed. Example:
  npm run build && test/oidf/suite/run config basic`

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'own-tls': { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    parallel: { type: 'string', default: '1' },
    work: { type: 'string', default: path.join(tmpdir(), 'grantor-oidf') },
    source: { type: 'string', default: suiteSource },
    explain: { type: 'string' },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const work = path.resolve(flags.work)
const logs = path.join(work, flags['own-tls'] ? 'logs-own-tls' : 'logs')
const only = flags.only.split(',').filter((name) => name !== '')

function chosenPlans(): Plan[] {
  const named = positionals.flatMap((name) => {
    if (name === 'required') return requiredPlans
    const plan = plans.find((candidate) => candidate.name === name)
    if (!plan) throw new Error(`there is no plan "${name}"\n${usage}`)
    return [plan]
  })
  return [...new Set(named)]
}

async function runPlan(plan: Plan, suite: SuiteApi, { command }: GrantorUnderTest): Promise<ModuleResult[]> {
  const clients = await createClients(plan, suiteUrl, command, path.join(work, 'grantor'))
  const resource = plan.api ? `${api}/` : `${issuer}/userinfo`
  const configuration = configurationOf(plan, issuer, account, clients, resource)
  const { id, modules } = await suite.createPlan(plan.plan, plan.variant, configuration)
  const results: ModuleResult[] = []
  for (const module of modules) {
    if (only.length > 0 && !only.includes(module.testModule)) continue
    const result = await suite.runModule(id, plan.name, module, () => {
      // The suite waits for a new key; it knows none of the type OKP, so only RS256 is rotated.
      if (module.testModule.includes('rotate-keys')) command(['key', 'rotate', '--alg', 'RS256'])
    })
    results.push(result)
    console.error(`${plan.name} ${result.result} ${result.seconds} s ${result.module}`)
    for (const note of result.notes) console.error(`    ${note.slice(0, 400)}`)
  }
  return results
}

async function main(): Promise<boolean> {
  const chosen = chosenPlans()
  const names = [suiteHost, issuerHost, apiHost]
  mkdirSync(work, { recursive: true })
  rmSync(path.join(work, 'grantor'), { recursive: true, force: true })
  const built = buildSuite(work, flags.source)
  const certificates = createCertificates(work, names)
  const fetch = trustingFetch(certificates)
  const grantor = await startGrantor({ work, ownTls: flags['own-tls'], certificates, fetch })
  const stopSuite = await startSuite({ built, work, names, certificates, fetch })
  const suite = suiteApi(suiteUrl, fetch, logs)
  const tables: string[] = []
  let failed = false
  const next = chosen.values()
  async function runOneByOne() {
    for (const plan of next) {
      const results = await runPlan(plan, suite, grantor)
      failed ||= results.some(hasFailed)
      tables.push(`## ${plan.name}: ${countsOf(results)}\n\n${markdownTable(results)}\n`)
      writeFileSync(path.join(logs, `${plan.name}.json`), JSON.stringify(results, undefined, 1))
    }
  }
  try {
    await Promise.all(Array.from({ length: Number(flags.parallel) }, runOneByOne))
  } finally {
    stopSuite()
    grantor.stop()
    if (tables.length > 0) console.log(tables.join('\n'))
  }
  return failed
}

// Processes of the run end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

if (flags.help || (positionals.length === 0 && !flags.explain)) console.log(usage)
else if (flags.explain) console.log(explanation(path.join(logs, `${flags.explain}.json`), flags.all))
else process.exit((await main()) ? 1 : 0)
