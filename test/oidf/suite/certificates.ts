// A certificate authority for one run, a certificate for all names under test, and a client that trusts it.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Agent, fetch, type RequestInit } from 'undici'

/** PEM texts, and the files that hold them. */
export type Certificates = {
  certificate: string
  key: string
  certificateFile: string
  keyFile: string
  authorityFile: string
}

export function createCertificates(folder: string, names: string[]): Certificates {
  const file = (name: string) => path.join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const authority = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', '/CN=Conformance run']
  openssl('req', '-x509', ...newKey, ...authority, '-addext', 'basicConstraints=critical,CA:TRUE')
  // RSA, so that every cipher suite that a server may offer by its certificate can be tried.
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'host.key',
    '-out',
    'host.csr',
    '-subj',
    `/CN=${names[0]}`,
  )
  writeFileSync(file('host.ext'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`)
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '30', '-extfile', 'host.ext']
  openssl('x509', '-req', '-in', 'host.csr', ...signing, '-out', 'host.pem')
  return {
    certificate: readFileSync(file('host.pem'), 'utf8'),
    key: readFileSync(file('host.key'), 'utf8'),
    certificateFile: file('host.pem'),
    keyFile: file('host.key'),
    authorityFile: file('ca.pem'),
  }
}

export type TrustingFetch = (url: string, init?: RequestInit) => ReturnType<typeof fetch>

/** fetch for the names under test: every name is 127.0.0.1, and the run's own authority is trusted. */
export function trustingFetch({ authorityFile }: Certificates): TrustingFetch {
  const dispatcher = new Agent({
    headersTimeout: 120_000,
    // One connection for each request: a connection that the other side is closing could be used again.
    pipelining: 0,
    connect: {
      ca: readFileSync(authorityFile, 'utf8'),
      lookup: (_name, { all }, done) =>
        all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
    },
  })
  return (url, init) => fetch(url, { ...init, dispatcher })
}
