// Owns Client ID Metadata Documents: fetched once for all who wait, checked, and kept as long as their server says.
import type { Config } from '../config.js'
import type { Deps } from '../deps.js'
import { documentUrlFault } from '../protocol/client-id.js'
import { OAuthError } from '../protocol/error.js'
import { parseObject } from '../protocol/json.js'
import { documentAuthMethods, readSelfMade, type SelfMade } from '../protocol/registration.js'
import { freshness } from './freshness.js'

/** Why there is no client behind a URL, in words for its makers. */
export type DocumentFault = {
  readonly fault: 'refused' | 'unreadable' | 'invalid' | 'busy'
  readonly description: string
}

export type Documents = (url: string) => Promise<SelfMade | DocumentFault>

/** Bytes (Client ID Metadata Document 6.6). */
const maxBytes = 5120
const timeout = 5000
const mostKept = 500
/** At once, and of one host: each keeps a socket and a person waiting (SS06). */
const flightsAtOnce = 20
const flightsToHost = 2
/** In a minute: a stranger may invent addresses at a host, but not make us a flood for it. */
const fetchesOfHost = 30
const mostHosts = 1000

type Parts = Pick<Deps, 'fetch' | 'now' | 'log'> & {
  readonly config: Pick<Config, 'clientDocuments' | 'development'>
}

export function createDocuments({ fetch, now, log, config }: Parts): Documents {
  const kept = new Map<string, { readonly made: SelfMade; readonly until: number }>()
  const flights = new Map<string, { readonly host: string; readonly read: ReturnType<Documents> }>()
  const hosts = new Map<string, { count: number; readonly until: number }>()

  /** Takes one of the fetches that a host may get in a minute. */
  function mayAsk(host: string): boolean {
    const flying = [...flights.values()].filter((flight) => flight.host === host).length
    if (flights.size >= flightsAtOnce || flying >= flightsToHost) return false
    let counted = hosts.get(host)
    if (!counted || counted.until <= now()) {
      hosts.delete(host)
      if (hosts.size >= mostHosts) hosts.delete(hosts.keys().next().value as string)
      counted = { count: 0, until: now() + 60 }
      hosts.set(host, counted)
    }
    counted.count += 1
    return counted.count <= fetchesOfHost
  }

  async function read(url: string): ReturnType<Documents> {
    const answer = await fetch(url, { headers: { accept: 'application/json' }, timeout, maxBytes })
    const text = textOf(answer)
    if (typeof text !== 'string') {
      log.info({ url, why: text.why }, 'a client metadata document could not be read')
      return unreadable
    }
    const made = check(url, text)
    if ('fault' in made) {
      log.info({ url, why: made.description }, 'a client metadata document is not valid')
      return made
    }
    kept.delete(url)
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    if ('headers' in answer) kept.set(url, { made, until: now() + freshness(answer.headers) })
    return made
  }

  return async (url) => {
    const fault = documentUrlFault(url, { loopback: config.development })
    if (fault !== undefined) return { fault: 'invalid', description: `client_id is no usable URL: ${fault}` }
    if (!isAdmitted(url, config)) return { fault: 'refused', description: 'apps of this host are not let in' }
    const known = kept.get(url)
    if (known && known.until > now()) return known.made
    const flight = flights.get(url)
    if (flight) return flight.read
    const { host } = new URL(url)
    if (!mayAsk(host)) return { fault: 'busy', description: 'too many documents are asked for just now' }
    const begun = read(url).finally(() => flights.delete(url))
    flights.set(url, { host, read: begun })
    return begun
  }
}

/** Whether the administrator lets apps of this URL in. */
export function isAdmitted(url: string, { clientDocuments }: Pick<Config, 'clientDocuments'>): boolean {
  if (clientDocuments === 'off') return false
  return clientDocuments === 'open' || (URL.canParse(url) && clientDocuments.includes(new URL(url).hostname))
}

/** One text for all: which it was would tell who asks what is reachable from here (SS05). */
const unreadable: DocumentFault = {
  fault: 'unreadable',
  description:
    'client_id led to no JSON document of at most 5 KB that answers with 200 and without a redirect',
}

function textOf(answer: Awaited<ReturnType<Deps['fetch']>>): string | { readonly why: string } {
  if ('refused' in answer) return answer
  if (answer.status !== 200) return { why: `the status is ${answer.status}` }
  const type = String(answer.headers['content-type'] ?? '')
  if (!/^application\/([\w.+-]+\+)?json *(;|$)/i.test(type)) return { why: `the content type is '${type}'` }
  return answer.bytes.toString()
}

function check(url: string, text: string): SelfMade | DocumentFault {
  const document = parseObject(text)
  if (!document) return unreadable
  const invalid = (description: string): DocumentFault => ({ fault: 'invalid', description })
  if (document.client_id !== url) return invalid('client_id in the document is not its own URL')
  const secret = ['client_secret', 'client_secret_expires_at'].find((name) => name in document)
  if (secret !== undefined) return invalid(`${secret} has no place in a document that everybody can read`)
  try {
    return readSelfMade(document, { authMethods: documentAuthMethods, name: new URL(url).host })
  } catch (error) {
    if (error instanceof OAuthError) return invalid(error.description)
    throw error
  }
}
