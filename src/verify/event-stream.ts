// Owns reading a stream of server-sent events (WHATWG HTML 9.2) without letting it grow.

export type StreamEvent = {
  readonly event: string
  readonly data: string
  /** The last one named, by this event or an earlier one. */
  readonly id: string | undefined
}

/**
 * Takes the bytes as they come and tells the events that are complete.
 * @returns called with the next bytes; throws Error when an event is longer than `maxLength` characters
 */
export function eventReader(maxLength: number): (bytes: Uint8Array) => StreamEvent[] {
  const utf8 = new TextDecoder()
  let rest = ''
  let size = 0
  let event = ''
  let data: string[] = []
  let id: string | undefined

  const field = (line: string) => {
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') event = value
    if (name === 'data') data.push(value)
    if (name === 'id' && !value.includes('\0')) id = value
  }

  return (bytes) => {
    const events: StreamEvent[] = []
    const text = rest + utf8.decode(bytes, { stream: true })
    // A CR at the very end may be the first half of a CRLF.
    const lines = text.split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) {
      size += line.length
      if (size > maxLength) break
      if (line !== '') {
        field(line)
        continue
      }
      if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id })
      event = ''
      data = []
      size = 0
    }
    if (size + rest.length > maxLength) throw new Error(`an event of more than ${maxLength} characters`)
    return events
  }
}
