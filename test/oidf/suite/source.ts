// Fetches and builds the conformance suite and the database that it needs.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** What docs/conformance.md says was run. */
export const suiteVersion = '5.2.4'
export const suiteCommit = '12f2a4dac6462f8a4e95968bc7e478e02881e1a7'
export const suiteSource = 'https://gitlab.com/openid/conformance-suite.git'

export type BuiltSuite = { suiteJar: string; mongoClasspath: string; mongoSource: string }

/** Checks of the suite's own code: they need much time and say nothing about a server. */
const developerPlugins = ['jacoco', 'pmd', 'checkstyle', 'enforcer', 'rewrite']

/**
 * Returns the built suite; the first call takes minutes, later calls find it in the folder.
 * @param work folder for sources, Maven's packages and the build
 * @param source git address or folder of the suite
 */
export function buildSuite(work: string, source: string): BuiltSuite {
  const suite = path.join(work, 'suite')
  const mongo = path.join(work, 'mongo')
  const mongoSources = path.join(import.meta.dirname, 'mongo')
  const jar = path.join(suite, 'target/fapi-test-suite.jar')
  const libraries = path.join(mongo, 'target/dependency')
  mkdirSync(mongo, { recursive: true })
  if (!existsSync(jar)) {
    rmSync(suite, { recursive: true, force: true })
    show(`fetching ${source} at ${suiteCommit}`)
    execute('git', ['clone', '--quiet', '--no-checkout', '--filter=blob:none', source, suite], work)
    execute('git', ['checkout', '--quiet', '--detach', suiteCommit], suite)
    const pom = path.join(suite, 'pom.xml')
    writeFileSync(pom, withoutDeveloperChecks(readFileSync(pom, 'utf8')))
    show('building the suite')
    maven(['-Dmaven.test.skip=true', 'package'], suite, work)
  }
  if (!existsSync(libraries)) {
    writeFileSync(path.join(mongo, 'pom.xml'), readFileSync(path.join(mongoSources, 'pom.xml')))
    maven(['dependency:copy-dependencies'], mongo, work)
  }
  return {
    suiteJar: jar,
    mongoClasspath: path.join(libraries, '*'),
    mongoSource: path.join(mongoSources, 'MongoStandIn.java'),
  }
}

export function javaProgram(name: 'java'): string {
  const home = process.env.JAVA_HOME
  return home ? path.join(home, 'bin', name) : name
}

function withoutDeveloperChecks(pom: string): string {
  const isUnwanted = (plugin: string) =>
    developerPlugins.some((name) => plugin.includes(`<artifactId>${name}-maven-plugin<`)) ||
    developerPlugins.some((name) => plugin.includes(`<artifactId>maven-${name}-plugin<`))
  return (
    pom
      .replace(/<plugin>((?!<\/plugin>)[\s\S])*<\/plugin>/g, (plugin) => (isUnwanted(plugin) ? '' : plugin))
      // -Werror and a plugin of the compiler that is bound to one JDK.
      .replace(/<compilerArgs>[\s\S]*?<\/compilerArgs>/, '')
      .replace(/<annotationProcessorPaths>[\s\S]*?<\/annotationProcessorPaths>/, '')
      // 0.99.0 has never been published on Maven Central.
      .replace(/(<artifactId>multipaz-[\w-]+<\/artifactId>\s*<version>)0\.99\.0/g, '$10.101.0')
  )
}

function maven(goals: string[], cwd: string, work: string) {
  const repository = `-Dmaven.repo.local=${path.join(work, 'maven')}`
  execute('mvn', ['--batch-mode', '--no-transfer-progress', '--quiet', repository, ...goals], cwd)
}

function execute(program: string, args: string[], cwd: string) {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
}

function show(line: string) {
  console.error(`# ${line}`)
}
