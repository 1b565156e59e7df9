// grantor/verify as a service has it: built, installed, and beside it nothing but jose.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { api, type Issuer, startIssuer } from '../support/issuer.js'

const root = path.resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const tsc = path.join(root, 'node_modules/.bin/tsc')
let folder: string
let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer()
  folder = mkdtempSync(path.join(tmpdir(), 'grantor-verify-'))
  const installed = path.join(folder, 'node_modules/grantor')
  mkdirSync(installed, { recursive: true })
  cpSync(path.join(root, 'package.json'), path.join(installed, 'package.json'))
  // As `npm run build` does, the library alone.
  const config = {
    extends: path.join(root, 'tsconfig.build.json'),
    compilerOptions: {
      rootDir: path.join(root, 'src'),
      outDir: path.join(installed, 'dist'),
      typeRoots: [path.join(root, 'node_modules/@types')],
      incremental: false,
      sourceMap: false,
    },
    include: [path.join(root, 'src/verify')],
  }
  writeFileSync(path.join(folder, 'tsconfig.library.json'), JSON.stringify(config))
  await run(tsc, ['-p', path.join(folder, 'tsconfig.library.json')])
  mkdirSync(path.join(folder, 'node_modules/@types'))
  for (const name of ['jose', '@types/node', 'undici-types'])
    symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name))
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
}, 120_000)
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await issuer.close()
})

const node = async (code: string) => {
  writeFileSync(path.join(folder, 'service.js'), code)
  const { stdout } = await run(process.execPath, ['service.js'], { cwd: folder, timeout: 15_000 })
  return stdout.trim()
}

it('runs without any other package, and lets the process end', async () => {
  const exp = Math.floor(Date.now() / 1000) + 300
  const token = await issuer.token({ iat: exp - 300, exp, scope: 'api:read' })
  const code = `
    import { createVerifier } from 'grantor/verify'
    const { verify } = createVerifier({ issuer: '${issuer.issuer}', audience: '${api}' })
    console.log((await verify('${token}', { scope: 'api:read' })).sub)`
  const started = Date.now()
  expect(await node(code)).toBe('u_alice')
  expect(Date.now() - started).toBeLessThan(10_000)
})

it('brings its middleware along without the frameworks', async () => {
  const code = `
    const names = await Promise.all(['hono', 'express', 'node'].map((name) => import('grantor/verify/' + name)))
    console.log(names.map((one) => typeof one.protect + typeof one.serveMetadata).join())`
  expect(await node(code)).toBe(Array(3).fill('functionfunction').join())
})

it('has types that stand on those of Node alone', async () => {
  writeFileSync(
    path.join(folder, 'service.ts'),
    `import { createServer, type IncomingMessage } from 'node:http'
     import type { TLSSocket } from 'node:tls'
     import { type AccessClaims, createVerifier, TokenError } from 'grantor/verify'
     import { claimsOf } from 'grantor/verify/express'
     import { protect } from 'grantor/verify/node'
     const verifier = createVerifier({
       issuer: 'https://as.test',
       audience: 'https://api.test',
       certificate: (request: IncomingMessage) => (request.socket as TLSSocket).getPeerCertificate().raw,
     })
     createServer(protect(verifier, { scope: 'a' }, (request, response, claims) => {
       const sub: string = claims.sub
       const same: AccessClaims = claimsOf(request)
       response.end(sub + same.client_id)
     }))
     export const status = (error: unknown): number => (error instanceof TokenError ? error.status : 500)
     // @ts-expect-error claims cannot be written to
     export const change = (claims: AccessClaims) => { claims.sub = 'x' }`,
  )
  const options = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    'node',
    'service.ts',
  ]
  const { stdout } = await run(tsc, options, { cwd: folder }).catch((error) => error)
  expect(stdout).toBe('')
}, 60_000)
