// The response to a request whose head (address and headers) is too large: it names what was too large.
import { parseAccept } from 'hono/utils/accept'
import type { Config } from '../config.js'
import { securityHeaders } from '../http/headers.js'
import { jsonSender } from '../http/json.js'
import { errorPage } from '../pages/error.js'
import { pickMessages } from '../pages/messages/pick.js'
import { product } from '../protocol/product.js'

export type OversizedHead = {
  /** For developers: what was too large, and how much is allowed. */
  readonly description: string
  readonly isAddress?: boolean
  readonly accept?: string | undefined
  readonly acceptLanguage?: string | undefined
}

/** JSON, or a page for browsers. 431 also for an address that was never read to its end (RFC 6585 5). */
export function oversizedHead(config: Pick<Config, 'issuer' | 'issuerPath'>, head: OversizedHead): Response {
  const { description, isAddress = false, accept = '', acceptLanguage = '' } = head
  const connection = 'close'
  if (!accept.includes('text/html')) {
    const body = { error: 'invalid_request', error_description: description }
    return jsonSender(config, { open: false })(body, 431, { connection })
  }
  const locales = parseAccept(acceptLanguage.slice(0, 1024)).map(({ type }) => type)
  const frame = {
    product,
    base: config.issuerPath,
    locales: locales.filter((tag) => tag !== '*').slice(0, 10),
  }
  const m = pickMessages(frame.locales)
  const { title, explanation } = m.problems[isAddress ? 'address_too_long' : 'headers_too_large']
  const details = [{ label: m.details.description, value: description }]
  const page = errorPage({ ...frame, title, explanation, actions: [], details })
  return new Response(page.html, {
    status: 431,
    headers: {
      ...securityHeaders(config),
      'content-security-policy': page.csp,
      'content-type': 'text/html; charset=UTF-8',
      'cache-control': 'no-store',
      connection,
    },
  })
}

/** Reads what Node's parser gave up on; `text` is what arrived last, which may begin in the middle. */
export function describeHead(text: string, maxBytes: number): OversizedHead {
  const [first = '', ...lines] = text.split('\r\n')
  const address = /^[A-Z]{3,10} (\S*)/.exec(first)?.[1] ?? ''
  const sizes = new Map<string, number>()
  const values = new Map<string, string>()
  for (const line of lines.slice(0, 10_000)) {
    const [, name = '', value = ''] = /^([A-Za-z0-9-]{1,64}):(.*)$/.exec(line) ?? []
    if (name === '') continue
    sizes.set(name, (sizes.get(name) ?? 0) + line.length)
    values.set(name.toLowerCase(), value.trim())
  }
  const [largest, size = 0] = [...sizes].sort(([, a], [, b]) => b - a)[0] ?? []
  const isAddress = address.length > size
  const limit = `address and headers may have ${maxBytes} bytes together`
  const found = isAddress
    ? `; the address has more than ${address.length - 1}`
    : largest === undefined
      ? ''
      : `; the header ${largest} has more than ${size - 1}`
  return {
    description: `${limit}${found}`,
    isAddress,
    accept: values.get('accept'),
    acceptLanguage: values.get('accept-language'),
  }
}
