// Owns what a newcomer reads at a terminal once the server is up.

import type { Config } from '../config.js'
import { maskSecrets } from '../config-error.js'
import { issuerUrl } from '../protocol/issuer.js'
import type { DemoCredentials } from './demo-entries.js'

export type Start = {
  readonly config: Config
  readonly version: string
  /** Their credentials at the first start only: they are not shown again. */
  readonly demo: DemoCredentials | 'shown before' | 'removed'
}

/** Development only; a production start says the same in one line of its log. */
export function banner({ config, version, demo }: Start): string {
  const { issuer } = config
  const lines = [
    ['Issuer', issuer],
    ['Discovery', issuerUrl(issuer, '/.well-known/openid-configuration')],
    ['Account', issuerUrl(issuer, '/account')],
    ['Data', `${maskSecrets(config.databaseUrl)}   master key: ${config.masterKeyFile}`],
    ...demoLines(issuer, demo),
  ] as const
  const width = Math.max(...lines.map(([name]) => name.length)) + 3
  const body = lines.map(([name, text]) => `  ${name.padEnd(width)}${text}`)
  return `\n  Grantor ${version}   development mode: not for production\n\n${body.join('\n')}\n\n`
}

function demoLines(issuer: string, demo: Start['demo']): (readonly [name: string, text: string])[] {
  if (demo === 'removed') return []
  if (demo === 'shown before') {
    return [
      ['Demo user', 'demo'],
      ['', "new password:  echo 'a password of my own' | npx grantor user set-password demo"],
      ['Demo clients', 'demo-web, demo-spa, demo-cli, demo-service'],
      ['', 'new secret:    npx grantor client rotate-secret demo-service'],
    ]
  }
  const secret = (id: string) => demo.secrets[id] ?? '(as it was)'
  const call = `-d grant_type=client_credentials -d scope=api:read ${issuerUrl(issuer, '/token')}`
  return [
    ['Demo user', `demo / ${demo.password}`],
    ['Demo clients', `demo-web      code + PKCE, secret ${secret('demo-web')}`],
    ['', 'demo-spa      code + PKCE, no secret'],
    ['', 'demo-cli      device code, no secret'],
    ['', `demo-service  client credentials, secret ${secret('demo-service')}`],
    ['', 'Password and secrets are shown this once.'],
    ['Try', `curl -s -u demo-service:${secret('demo-service')} ${call}`],
  ]
}
