// Owns how faults of the configuration are told: the variable, the value seen, what was expected, an example.

export type ConfigFault = {
  variable: string
  /** As it was seen, before masking; absent when nothing was set. */
  value?: string | undefined
  expected: string
  example?: string | undefined
}

/** All that is wrong with the configuration, in one message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]
  constructor(faults: readonly ConfigFault[]) {
    const shown = faults.map((fault) => ({ ...fault, value: showValue(fault) }))
    super(['The configuration has faults:', ...shown.map(describe)].join('\n'))
    this.faults = shown
  }
}

function describe({ variable, value, expected, example }: ConfigFault): string {
  const lines = [
    `  ${variable}${value === undefined ? ' is not set' : `=${value}`}`,
    `    expected: ${expected}`,
  ]
  if (example !== undefined) lines.push(`    example:  ${variable}=${example}`)
  return lines.join('\n')
}

/** One line, never a terminal's control characters, never long, never a secret. */
function showValue({ variable, value }: ConfigFault): string | undefined {
  if (value === undefined) return undefined
  if (/(SECRET|PASSWORD|TOKEN|KEY)$/.test(variable)) return '***'
  const masked = maskSecrets(value)
  const short = masked.length > 200 ? `${masked.slice(0, 200)}...` : masked
  return /^[\x21-\x7e]+$/.test(short) ? short : JSON.stringify(short)
}

/** Passwords in URLs never reach a terminal or a log. */
export function maskSecrets(value: string): string {
  const [scheme = ''] = /^[a-z+]+:\/\//i.exec(value) ?? []
  const rest = value.slice(scheme.length).replace(/^([^:@]*):.*@/s, '$1:***@')
  return scheme + rest.replace(/([?&](?:password|sslpassword)=)[^&#]*/gi, '$1***')
}

/** The known name that differs by two letters at most or that goes on where this one ends. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  ranked.sort((a, b) => a.distance - b.distance)
  const close = ranked.find(({ candidate, distance }) => distance <= 2 || candidate.startsWith(name))
  return close?.candidate
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1)
    }
    row = next
  }
  return row[b.length] as number
}
