// Owns Client ID Metadata Documents: fetched once for all who wait, checked, and kept as long as their server says.
import type { Config } from '../config.js'
import type { Deps } from '../deps.js'
import { documentUrlFault } from '../protocol/client-id.js'
import { OAuthError } from '../protocol/error.js'
import { isStorableJson, parseObject, unstorable } from '../protocol/json.js'
import { documentAuthMethods, readSelfMade, type SelfMade } from '../protocol/registration.js'
import { type Requester, requesterOf } from '../protocol/requester.js'
import { freshness } from './freshness.js'

/** Why there is no client behind a URL, in words for its makers. */
export type DocumentFault = {
  readonly fault: 'refused' | 'disabled' | 'unreadable' | 'invalid' | 'busy'
  readonly description: string
  /** Nothing has been read that says that the app is gone or another one. */
  readonly isTemporary?: true
}

export type Documents = {
  /** @param address what the one who asks is counted by */
  read(url: string, address: () => string): Promise<SelfMade | DocumentFault>
  /** What was last read there, however old. */
  lastGood(url: string): SelfMade | undefined
}

/** Bytes (Client ID Metadata Document 6.6). */
const maxBytes = 5120
const timeout = 5000
const mostKept = 500

type Parts = Pick<Deps, 'fetch' | 'now' | 'log'> & {
  readonly config: Pick<Config, 'clientDocuments' | 'nativeSchemes' | 'development'>
}

export function createDocuments({ fetch, now, log, config }: Parts): Documents {
  const kept = new Map<string, { readonly made: SelfMade; readonly until: number }>()
  const flights = new Map<string, Promise<SelfMade | DocumentFault>>()

  async function load(url: string, requester: Requester): Promise<SelfMade | DocumentFault> {
    const headers = { accept: 'application/json' }
    const answer = await fetch(url, { purpose: 'documents', requester, headers, timeout, maxBytes })
    if ('refused' in answer && answer.refused === 'busy') {
      log.info({ url, why: answer.why }, 'a client metadata document was not asked for')
      return busy
    }
    const text = textOf(answer)
    if (typeof text !== 'string') {
      log.info({ url, why: text.why }, 'a client metadata document could not be read')
      return text.isGone ? unreadable : { ...unreadable, isTemporary: true }
    }
    const made = check(url, text, config)
    if ('fault' in made) {
      log.info({ url, why: made.description }, 'a client metadata document is not valid')
      return made
    }
    kept.delete(url)
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    if ('headers' in answer) kept.set(url, { made, until: now() + freshness(answer.headers) })
    return made
  }

  return {
    lastGood: (url) => kept.get(url)?.made,
    async read(url, address) {
      const fault = documentUrlFault(url, { loopback: config.development })
      if (fault !== undefined)
        return { fault: 'invalid', description: `client_id is no usable URL: ${fault}` }
      if (!isAdmitted(url, config))
        return { fault: 'refused', description: 'apps of this host are not let in' }
      const known = kept.get(url)
      if (known && known.until > now()) return known.made
      const flight = flights.get(url)
      if (flight) return flight
      const requester = requesterOf({ verified: false }, address)
      const begun = load(url, requester).finally(() => flights.delete(url))
      flights.set(url, begun)
      return begun
    },
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

/** RFC 9110 15.5.5 and 15.5.11: with these statuses the app has withdrawn its document. */
const goneStatuses = [404, 410]

function textOf(
  answer: Awaited<ReturnType<Deps['fetch']>>,
): string | { readonly why: string; readonly isGone?: boolean } {
  if ('refused' in answer) return answer
  const { status } = answer
  if (status !== 200) return { why: `the status is ${status}`, isGone: goneStatuses.includes(status) }
  const type = String(answer.headers['content-type'] ?? '')
  if (!/^application\/([\w.+-]+\+)?json *(;|$)/i.test(type)) return { why: `the content type is '${type}'` }
  return answer.bytes.toString()
}

const busy: DocumentFault = {
  fault: 'busy',
  description: 'too many documents are asked for just now',
  isTemporary: true,
}

function check(
  url: string,
  text: string,
  { nativeSchemes }: Pick<Config, 'nativeSchemes'>,
): SelfMade | DocumentFault {
  const document = parseObject(text)
  if (!document) return unreadable
  const invalid = (description: string): DocumentFault => ({ fault: 'invalid', description })
  if (document.client_id !== url) return invalid('client_id in the document is not its own URL')
  const secret = ['client_secret', 'client_secret_expires_at'].find((name) => name in document)
  if (secret !== undefined) return invalid(`${secret} has no place in a document that everybody can read`)
  try {
    const authMethods = documentAuthMethods
    const made = readSelfMade(document, { authMethods, nativeSchemes, name: new URL(url).host })
    return isStorableJson(text) ? made : invalid(`the document holds ${unstorable}`)
  } catch (error) {
    if (error instanceof OAuthError) return invalid(error.description)
    throw error
  }
}
