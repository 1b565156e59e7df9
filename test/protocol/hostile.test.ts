// HT13, AZ08, AZ21: fifty thousand hostile bytes cost a parser less than ten milliseconds.
import { describe, expect, it } from 'vitest'
import { parseAuthorization, readReply } from '../../src/protocol/authorization.js'
import { parseClaims } from '../../src/protocol/claims.js'
import { parseClientMetadata } from '../../src/protocol/client.js'
import { OAuthError } from '../../src/protocol/error.js'
import { issuerFault } from '../../src/protocol/issuer.js'
import { readParams } from '../../src/protocol/params.js'
import { verifyPkce } from '../../src/protocol/pkce.js'
import {
  checkRedirectUri,
  matchPostLogoutRedirect,
  matchRedirect,
  type VerifiedRedirect,
} from '../../src/protocol/redirect-uri.js'
import { resolveResources } from '../../src/protocol/resource.js'
import { checkResourceIdentifier } from '../../src/protocol/resource-identifier.js'
import { parseScope } from '../../src/protocol/scope.js'
import { canonicalIdentifier, checkEmail, checkUsername } from '../../src/protocol/user.js'
import { processorTime } from '../support/processor-time.js'
import { aClient, aResource, challenge, issuer } from '../support/values.js'

const fill = (unit: string) => unit.repeat(Math.ceil(50_000 / unit.length)).slice(0, 50_000)
const hostile: Record<string, string> = {
  letters: fill('a'),
  spaces: fill(' '),
  slashes: fill('/'),
  'dot segments': fill('/..;'),
  'escaped dots': fill('/%2e'),
  ampersands: fill('&'),
  parameters: fill('&a=b'),
  repetitions: `resource=${fill('&resource=https://api.test')}`,
  percents: fill('%'),
  'escaped NUL': fill('%00'),
  quotes: fill('"'),
  'escaped quotes': fill('\\"'),
  brackets: fill('['),
  braces: fill('{"a":'),
  'bad IDN': `https://${fill('xn--')}`,
  'loopback with a long port': `http://127.0.0.1:${fill('1')}`,
  'loopback with a long path': `http://127.0.0.1${fill('/?')}`,
  'at signs': `https://${fill('a@')}`,
  colons: fill(':'),
  'an address': `${fill('a')}@${fill('b')}`,
  'combining marks': fill('a\u0301\u0327'),
  ligatures: fill('\ufdfa'),
  'lone surrogates': fill('\ud800'),
  prototypes: fill('__proto__'),
}

const native = aClient('native', { redirect_uris: ['http://127.0.0.1/cb', 'https://app.test/cb'] })
const answered = { uri: 'https://app.test/cb' } as VerifiedRedirect
const registered = [aResource('https://api.test', ['read'])]
const authorize = (raw: string) => {
  const params = readParams(raw)
  readReply(params, native, answered)
  return parseAuthorization(params, native, registered, issuer)
}
const good = `response_type=code&code_challenge=${challenge}&code_challenge_method=S256&redirect_uri=https://app.test/cb`

const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)

const parsers: Record<string, (text: string) => unknown> = {
  readParams,
  'readParams as a value': (text) => readParams(`a=${text}`),
  authorize,
  'authorize as scope': (text) => authorize(`${good}&scope=${encode(text)}`),
  'authorize as claims': (text) => authorize(`${good}&claims=${encode(text)}`),
  'authorize as prompt': (text) => authorize(`${good}&prompt=${encode(text)}`),
  'authorize as ui_locales': (text) => authorize(`${good}&ui_locales=${encode(text)}`),
  parseScope,
  parseClaims,
  matchRedirect: (text) => matchRedirect(native, text, { openid: true }),
  matchPostLogoutRedirect: (text) => matchPostLogoutRedirect(native, text),
  checkRedirectUri: (text) => checkRedirectUri(text, 'native'),
  'checkRedirectUri up to its limit': (text) => checkRedirectUri(text.slice(0, 2048), 'native'),
  checkResourceIdentifier,
  'resolveResources as resource': (text) =>
    resolveResources({ scope: undefined, resources: [text], client: native, registered, issuer }),
  verifyPkce: (text) => verifyPkce(challenge, text),
  'verifyPkce as challenge': (text) => verifyPkce(text, challenge),
  checkUsername: (text) => checkUsername(text),
  checkEmail,
  canonicalIdentifier,
  'canonicalIdentifier up to its limit': (text) => canonicalIdentifier(text.slice(0, 1024)),
  issuerFault,
  'client name': (text) => parseClientMetadata('service', { client_name: text }),
  'client URI': (text) => parseClientMetadata('service', { client_name: 'A', client_uri: text }),
  'client redirect': (text) => parseClientMetadata('native', { client_name: 'A', redirect_uris: [text] }),
  'client scope': (text) => parseClientMetadata('service', { client_name: 'A', scope: text }),
  'unknown members': (text) => parseClientMetadata('service', { client_name: 'A', [text]: text }),
}

/** As a request does it: what is refused is done. */
function refusing(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
  }
}

/** Milliseconds. */
const limit = 10

describe.each(Object.entries(parsers))('HT13: %s', (_, parser) => {
  it.each(Object.entries(hostile))('%s', async (_, text) => {
    expect(await processorTime(() => refusing(() => parser(text)), limit)).toBeLessThan(limit)
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})
